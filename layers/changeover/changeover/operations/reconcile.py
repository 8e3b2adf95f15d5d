"""Reconcile: do what missed events should have started, and report drift. Runs every hour."""

import hashlib
from collections.abc import Callable, Iterable, Iterator

from changeover.errors import ChangeoverError, Transient
from changeover.images import events, promote, records, vulnerabilities
from changeover.images.acceptance import over_limit
from changeover.images.event_result import Decision
from changeover.images.records import Pointer
from changeover.metrics import Measure, count
from changeover.operations import drift
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade import protection
from changeover.upgrade.live import live_of

Check = Callable[[Services], Iterable[str]]
"""Checks one thing, and returns sentences about what it did or found."""


class ReconcileRequest(Value):
    """Has no fields: every call makes all checks."""


class Reconciled(Value):
    """Result of all checks.

    `started`: what was done instead of a missed event. `findings`: everything that needs a person.
    `why`: both, and the checks that failed temporarily.
    """

    decision: str
    why: str
    started: tuple[str, ...]
    findings: tuple[str, ...]

    def metrics(self) -> list[Measure]:
        return [
            count("DriftFindings", len(self.findings)),
            count("EventsMadeUpFor", len(self.started)),
        ]


def reconcile(_: ReconcileRequest, services: Services) -> Reconciled:
    """Start missed work, correct what follows from records, and mail each finding once a day.

    Returns what was started and found. A check that fails does not stop the other checks.
    """
    started: list[str] = []
    findings: list[str] = []
    later: list[str] = []
    for what, begin in _MISSED.items():
        _do(what, begin, services, (started, findings, later))
    for what, check in _CHECKS.items():
        _do(what, check, services, (findings, findings, later))
    _tell(findings, services)
    return Reconciled(
        decision="drift" if findings else "fine",
        why="; ".join([*started, *findings, *later]),
        started=tuple(started),
        findings=tuple(findings),
    )


def _do(
    what: str, check: Check, services: Services, into: tuple[list[str], list[str], list[str]]
) -> None:
    answers, troubles, later = into
    try:
        answers.extend(check(services))
    except Transient as error:
        later.append(f"{what} will be checked again in an hour: {error}")
    except ChangeoverError as error:
        troubles.append(f"{what} could not be checked: {error}")


def _begin_refresh(services: Services) -> Iterator[str]:
    """Check the newest image build, from the pipeline or elsewhere, if its event was missed."""
    settings = services.configurations.read(services.default_cluster).images
    if settings.pipeline:
        build = services.images.newest_build(settings.pipeline)
    else:
        build = services.images.newest_of(settings.prefix) if settings.prefix else None
    if build is None or not records.is_ours(build, settings):
        return
    if events.begin_refresh(build, services).decision is Decision.STARTED:
        yield f"{build} is being checked: no event reported it"


def _begin_upgrade(services: Services) -> Iterator[str]:
    """Start an upgrade to an image that waited for its window or for another upgrade's end."""
    record = records.known(services.pointers.get(Pointer.NEXT), services)
    if record is None:
        return
    promoted = promote.promote(record, services)
    if promoted.decision is promote.Promotion.STARTED:
        yield f"an upgrade to {record.image} is started: {promoted.why}"


def _look_at_live(services: Services) -> Iterator[str]:
    """Notify of new vulnerabilities in live's image, which no event reports."""
    settings = services.configurations.read(services.default_cluster).images
    live = live_of(services)
    if settings.prefix is None or live.image is None:
        return
    found = services.images.found_today(live.image, live.instance)
    if found is None or not (excess := over_limit(found, settings)):
        return
    told = vulnerabilities.tell(live.image, "as Inspector finds today", found, settings, services)
    if told.decision is Decision.TOLD:
        yield f"an e-mail reports that {live.image} has {excess}"


def _follow(services: Services) -> tuple[str, ...]:
    records.follow_releases(services)
    return ()


def _mark(services: Services) -> tuple[str, ...]:
    records.mark_in_use(services)
    return ()


def _tell(findings: list[str], services: Services) -> None:
    """Send the findings that were not reported today in one e-mail."""
    today = f"images/told/drift-{services.now():%Y-%m-%d}"
    keys = {
        found: f"{today}-{hashlib.sha256(found.encode()).hexdigest()[:16]}" for found in findings
    }
    new = [found for found, key in keys.items() if not services.evidence.exists(key)]
    if not new:
        return
    listed = "\n".join(f"  {n}. {found}" for n, found in enumerate(new, 1))
    things = "1 thing needs" if len(new) == 1 else f"{len(new)} things need"
    services.mail.send(
        f"{services.default_cluster}: {things} a person",
        f"Nothing was changed. A person must act:\n\n{listed}\n",
    )
    for found in new:
        services.evidence.write(keys[found], found.encode())


_MISSED: dict[str, Check] = {
    "the newest image": _begin_refresh,
    "the next image": _begin_upgrade,
    "live's image": _look_at_live,
}
_CHECKS: dict[str, Check] = {
    "the pointers": _follow,
    "images in use": _mark,
    "the base AMI": drift.base,
    "the subscription": drift.subscribers,
    "the front door": drift.front_door,
    "the web ACL": drift.web_acl,
    "termination protection": protection.unprotected,
    "the scheduler's tag": protection.unmarked,
    "the lock": drift.lock,
    "the approval": drift.approval,
    "candidates": drift.candidates,
    "kept releases": drift.kept,
    "the day's snapshot": drift.backup,
}
