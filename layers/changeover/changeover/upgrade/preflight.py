"""Everything that speaks against starting an upgrade, judged on facts and told all at once."""

from dataclasses import dataclass
from datetime import datetime

from changeover.cluster.configuration import FreezeWindow
from changeover.cluster.release import Release, Role, number_of, with_role
from changeover.errors import Refused
from changeover.ports.values import Image
from changeover.soca.dialect import SOCA_2_6, Dialect
from changeover.soca.directory_provider import Provider, judge_move
from changeover.types import ImageId
from changeover.upgrade import archives
from changeover.upgrade.archives import Found

# Dialects whose releases come from one command without questions (manual_build.py).
BUILT = ("2.6",)


@dataclass(frozen=True, slots=True)
class Target:
    """What the run would do; `live` and `image` are None where none was found."""

    cluster: str
    live: Release | None
    candidate: str
    image: ImageId | None


@dataclass(frozen=True, slots=True)
class PreflightFacts:
    """What was found before anything is touched; None or False where something was not there.

    `live_tag` is the value of the live scheduler's tag changeover:cluster; empty without the tag.
    """

    now: datetime
    releases: tuple[Release, ...]
    serving: frozenset[str]
    live_reachable: bool
    live_tag: str
    image: Image | None
    taken_stack: bool
    archives: tuple[Found, ...]
    subscribers: int
    probe_secret: bool
    dialect: Dialect = SOCA_2_6
    provider: Provider = Provider.OPENLDAP
    windows: tuple[FreezeWindow, ...] = ()


def check(target: Target, facts: PreflightFacts) -> list[str]:
    """Everything that speaks against starting, in words; nothing when all is well."""
    return [
        *_check_live(target.cluster, facts),
        *_check_candidate(target.cluster, target.candidate, facts),
        *_check_means(target.image, facts),
        *_check_identities(target.live, facts),
    ]


def judge_provider(provider: Provider, dialect: Dialect) -> str:
    """Why no release of this dialect has such a directory; empty when there are some."""
    if provider in dialect.providers:
        return ""
    return f"SOCA {dialect.name} has no {provider}, only {', '.join(dialect.providers)}"


def judge_tag(live: Release, found: str) -> str:
    """Why IAM lets no document run on the live scheduler with this tag; empty when it does.

    0.1.0 set no tag, and people can delete it.
    """
    if found == live.cluster:
        return ""
    tag, remedy = f"no tag changeover:cluster={live.cluster}", ""
    if found:
        tag = f"the tag changeover:cluster={found}, not {live.cluster}"
        remedy = "delete the tag if no other cluster owns the host, and "
    return (
        f"{live.name}'s scheduler {live.instance} has {tag}, so Changeover's documents do not run"
        f" on it: {remedy}invoke adopt_release for {live.name} again, with the input of its"
        " adoption"
    )


def _check_live(cluster: str, facts: PreflightFacts) -> list[str]:
    live = with_role(facts.releases, Role.LIVE)
    if not live:
        return [f"cluster {cluster} has no live release on record: run adopt_release first"]
    if len(live) > 1:
        return [f"several releases are recorded as live: {', '.join(r.name for r in live)}"]
    problems = []
    if facts.serving != {live[0].target_group}:
        problems.append(
            f"{live[0].name} is recorded as live, but the front door's rule does not send users"
            f" there: invoke adopt_release with what is live now ({live[0].name} again after an"
            " update of Changeover 0.1.0)"
        )
    if not facts.live_reachable:
        problems.append(f"{live[0].name}'s scheduler {live[0].instance} does not answer SSM")
    if unmarked := judge_tag(live[0], facts.live_tag):
        problems.append(unmarked)
    return problems


def _check_candidate(cluster: str, candidate: str, facts: PreflightFacts) -> list[str]:
    problems = []
    if not number_of(candidate, cluster):
        problems.append(f"release: {candidate} is no release of {cluster}: say {cluster}-r<number>")
    if candidate in {release.name for release in facts.releases}:
        problems.append(f"release: {candidate} was used before; a name is never used again")
    elif facts.taken_stack:
        problems.append(f"release: a stack {candidate} exists already and is not on record")
    problems += [
        f"no upgrade may start before {window.ends:%Y-%m-%d %H:%M %Z}: {window.reason}"
        for window in facts.windows
        if window.starts <= facts.now < window.ends
    ]
    return problems


def _check_means(image: ImageId | None, facts: PreflightFacts) -> list[str]:
    problems = []
    if image and facts.image is None:
        problems.append(f"image: {image} does not exist in this region, or may not be used here")
    elif facts.image and facts.image.state != "available":
        problems.append(f"image: {image} is {facts.image.state}, not available")
    elif facts.image and facts.image.tokens_only:
        problems.append(
            f"image: {image} lets its machines ask for metadata with a token only (ImdsSupport"
            " v2.0), and SOCA 2.6's scripts have none: make the image without that"
        )
    problems += archives.judge(facts.archives)
    if not facts.subscribers:
        problems.append(
            "no confirmed e-mail subscription on the topic: nobody could approve. Confirm the"
            " subscription's mail, or subscribe anew"
        )
    if not facts.probe_secret:
        problems.append("the probe account's secret does not exist: see the runbook")
    return problems


def _check_identities(live: Release | None, facts: PreflightFacts) -> list[str]:
    """Whether users can get to a release of that kind, and whether one can be built."""
    problems = []
    if facts.dialect.name not in BUILT:
        problems.append(
            f"source.vendor_release: SOCA {facts.dialect.name} is deployed by an installer that"
            f" needs an administrator's shell; what can be built here is {', '.join(BUILT)}"
        )
    if lacking := judge_provider(facts.provider, facts.dialect):
        problems.append(f"directory.provider: {lacking}")
    try:
        if live:
            judge_move(live.provider, facts.provider)
    except Refused as refusal:
        problems.append(f"directory.provider: {refusal}")
    return problems
