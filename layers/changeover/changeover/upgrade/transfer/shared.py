"""Whether two releases take their users from one directory, so that no identity has to move."""

from typing import Literal

from pydantic import ValidationError

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.ldap import dn
from changeover.ports.services import Services
from changeover.soca.directory_provider import Move
from changeover.types import Value


class Located(Value):
    """Where a host's users come from, as `documents/locate_directory.yaml` finds it.

    `root` is the id that the directory itself gave its base entry (entryUUID or objectGUID); what
    could not be found is empty.
    """

    uri: str
    base: str
    root: str


class SharedIdentities(Value):
    """Answer of Export Identities for a shared directory: nothing has to be exported."""

    move: Literal[Move.SHARED] = Move.SHARED


class SharedDirectory(Value):
    """Answer of Import Identities for a shared directory: where the candidate's host finds it."""

    move: Literal[Move.SHARED] = Move.SHARED
    directory: Located


def judge_shared(live: Located, candidate: Located) -> str:
    """Why the two are not known to be one directory; empty when they are.

    Addresses may differ: they can be aliases, or replicas. Base and root id must be there and be
    the same. A restored copy of a directory cannot be told from it.
    """
    for role, located in (("live", live), ("the candidate", candidate)):
        if not located.base:
            return f"{role}'s host does not say from where its users come"
        if not located.root:
            where = located.uri or "its directory"
            return f"{role}'s host cannot read {located.base} at {where}"
    if _normal(live.base) != _normal(candidate.base):
        return f"live looks for users below {live.base}, the candidate below {candidate.base}"
    if live.root != candidate.root:
        return (
            f"{live.base} at {live.uri} and at {candidate.uri} are two directories: their base"
            f" entries have the ids {live.root} and {candidate.root}"
        )
    return ""


def prove_shared(live: Release, candidate: Release, services: Services) -> Located:
    """The one directory that both hosts use. Raises Unhealthy when that is not proved."""
    here, there = _locate(live, services), _locate(candidate, services)
    if reason := judge_shared(here, there):
        raise Unhealthy(
            f"{live.name} and {candidate.name} do not share a directory: {reason}. Give the"
            " candidate live's endpoint and search bases, and see that its host reaches them"
        )
    return there


def _locate(release: Release, services: Services) -> Located:
    answer = services.hosts.run(release.instance, "locate_directory")
    try:
        return Located.model_validate(answer)
    except ValidationError as error:
        raise Unhealthy(f"{release.name}: locate_directory answered {answer!r}") from error


def _normal(base: str) -> str:
    try:
        return dn.normal(base)
    except ValueError:
        return base
