"""Preflight checks of Plan Upgrade: report every reason not to start an upgrade at once."""

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

# Dialects whose build is one command that asks no questions (manual_build.py).
BUILT = ("2.6",)


@dataclass(frozen=True, slots=True)
class Target:
    """The releases and the AMI of the run; `live` and `image` are None if none was found."""

    cluster: str
    live: Release | None
    candidate: str
    image: ImageId | None


@dataclass(frozen=True, slots=True)
class PreflightFacts:
    """What Plan Upgrade found before it changes anything; None or False for a missing thing.

    `serving` holds the ARNs of the target groups that the listener rule forwards users to.
    `live_tag` is the value of the tag changeover:cluster on live's scheduler host; empty if the
    host has no such tag. `taken_stack` says that a stack with the candidate's name exists.
    `subscribers` counts confirmed e-mail subscriptions of the SNS topic.
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
    """Return one message for each reason not to start; empty if the upgrade may start."""
    return [
        *_check_live(target.cluster, facts),
        *_check_candidate(target.cluster, target.candidate, facts),
        *_check_means(target.image, facts),
        *_check_identities(target.live, facts),
    ]


def judge_provider(provider: Provider, dialect: Dialect) -> str:
    """Return why releases of this dialect do not support the provider; empty if they do."""
    if provider in dialect.providers:
        return ""
    return f"SOCA {dialect.name} does not support {provider}, only {', '.join(dialect.providers)}"


def judge_tag(live: Release, found: str) -> str:
    """Return why IAM denies SSM documents on live's scheduler host; empty if it allows them.

    `found` is the value of the host's tag changeover:cluster; empty if the host has no such tag.
    Changeover 0.1.0 did not set the tag, and people can delete it.
    """
    if found == live.cluster:
        return ""
    tag, remedy = f"no tag changeover:cluster={live.cluster}", ""
    if found:
        tag = f"the tag changeover:cluster={found}, not {live.cluster}"
        remedy = "delete the tag if no other cluster owns the host, and "
    return (
        f"{live.name}'s scheduler {live.instance} has {tag}, so Changeover's SSM documents cannot"
        f" run on it: {remedy}invoke adopt_release for {live.name} again, with the same input as"
        " the first time"
    )


def _check_live(cluster: str, facts: PreflightFacts) -> list[str]:
    live = with_role(facts.releases, Role.LIVE)
    if not live:
        return [f"cluster {cluster} has no live release on record: invoke adopt_release first"]
    if len(live) > 1:
        return [f"several releases are recorded as live: {', '.join(r.name for r in live)}"]
    problems = []
    if facts.serving != {live[0].target_group}:
        problems.append(
            f"{live[0].name} is recorded as live, but the load balancer's listener rule does not"
            " send users to it: invoke adopt_release for the release that users are on now (after"
            f" an update from Changeover 0.1.0, that is {live[0].name})"
        )
    if not facts.live_reachable:
        problems.append(
            f"{live[0].name}'s scheduler {live[0].instance} does not answer SSM: check that the"
            " instance runs and that its SSM agent is online"
        )
    if unmarked := judge_tag(live[0], facts.live_tag):
        problems.append(unmarked)
    return problems


def _check_candidate(cluster: str, candidate: str, facts: PreflightFacts) -> list[str]:
    problems = []
    if not number_of(candidate, cluster):
        problems.append(
            f"release: {candidate} is not a release name of {cluster}: use {cluster}-r<number>"
        )
    if candidate in {release.name for release in facts.releases}:
        problems.append(
            f"release: {candidate} was used before, and a name is never used again: name another"
        )
    elif facts.taken_stack:
        problems.append(
            f"release: a stack {candidate} exists already and is not on record: name another"
        )
    problems += [
        f"no upgrade may start before {window.ends:%Y-%m-%d %H:%M %Z}: {window.reason}"
        for window in facts.windows
        if window.starts <= facts.now < window.ends
    ]
    return problems


def _check_means(image: ImageId | None, facts: PreflightFacts) -> list[str]:
    problems = []
    if image and facts.image is None:
        problems.append(
            f"image: {image} does not exist in this region, or this account may not use it"
        )
    elif facts.image and facts.image.state != "available":
        problems.append(f"image: {image} is {facts.image.state}, not available")
    elif facts.image and facts.image.tokens_only:
        problems.append(
            f"image: {image} requires IMDSv2 tokens (ImdsSupport v2.0), but SOCA 2.6's scripts"
            " use IMDSv1: make the image without ImdsSupport"
        )
    problems += archives.judge(facts.archives)
    if not facts.subscribers:
        problems.append(
            "the SNS topic has no confirmed e-mail subscription, so that nobody could approve:"
            " confirm the subscription by the e-mail from AWS, or subscribe again"
        )
    if not facts.probe_secret:
        problems.append(
            "the probe account's secret (Secrets Manager) does not exist: see docs/operate.md"
        )
    return problems


def _check_identities(live: Release | None, facts: PreflightFacts) -> list[str]:
    """Check that Changeover can build this dialect and that identities can move to it."""
    problems = []
    if facts.dialect.name not in BUILT:
        problems.append(
            f"source.vendor_release: Changeover cannot build SOCA {facts.dialect.name}, because its"
            f" installer needs an administrator's shell. It can build {', '.join(BUILT)}"
        )
    if lacking := judge_provider(facts.provider, facts.dialect):
        problems.append(f"directory.provider: {lacking}")
    try:
        if live:
            judge_move(live.provider, facts.provider)
    except Refused as refusal:
        problems.append(f"directory.provider: {refusal}")
    return problems
