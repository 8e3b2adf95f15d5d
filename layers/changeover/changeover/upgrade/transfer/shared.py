"""Shared directory: prove that both releases read their users from one LDAP directory."""

from typing import Literal

from pydantic import ValidationError

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.ldap import dn
from changeover.ports.services import Services
from changeover.soca.directory_provider import Move
from changeover.types import Value


class Located(Value):
    """The LDAP directory of a host's users: the answer of `documents/locate_directory.yaml`.

    `uri` and `base` come from sssd's configuration. `root` is the ID that the directory gave its
    base entry (entryUUID or objectGUID). A value that the host could not find is empty.
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
    """Return why these are not known to be one directory; empty if they are.

    The addresses may differ, because of aliases or replicas. Base DN and root ID must be known and
    equal. A restored copy of a directory has the same root ID, so this check does not detect it.
    """
    for role, located in (("live", live), ("the candidate", candidate)):
        if not located.base:
            return f"{role}'s host does not report which directory its users come from"
        if not located.root:
            where = located.uri or "its directory"
            return f"{role}'s host cannot read {located.base} at {where}"
    if _normal(live.base) != _normal(candidate.base):
        return f"live looks for users below {live.base}, the candidate below {candidate.base}"
    if live.root != candidate.root:
        return (
            f"{live.base} at {live.uri} and at {candidate.uri} are two directories: their base"
            f" entries have the IDs {live.root} and {candidate.root}"
        )
    return ""


def prove_shared(live: Release, candidate: Release, services: Services) -> Located:
    """Return the directory that both hosts use. Raises Unhealthy if it is not proved to be one."""
    here, there = _locate(live, services), _locate(candidate, services)
    if reason := judge_shared(here, there):
        raise Unhealthy(
            f"{live.name} and {candidate.name} do not share a directory: {reason}. Give the"
            " candidate live's endpoint and search bases, and check that its host reaches them"
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
