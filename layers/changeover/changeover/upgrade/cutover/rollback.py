"""Rollback: send users back to live, make live writable, and bring their changes back to it.

These are four steps, so that live becomes writable even if another step fails or hangs.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from changeover.cluster.release import Release, Role
from changeover.errors import Conflict, Unhealthy
from changeover.identities import change_plan
from changeover.identities.conversion import Converted, convert_back
from changeover.identities.directories import Directory
from changeover.metrics import Measure, count, seconds
from changeover.ports.services import Services
from changeover.soca.directory_provider import Move
from changeover.types import Value
from changeover.upgrade.cutover import freeze_metrics, return_findings
from changeover.upgrade.cutover.freeze import PARITY
from changeover.upgrade.cutover.return_findings import ReturnFindings
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import host_directory, snapshots
from changeover.upgrade.transfer.replay import (
    describe_skipped,
    judge_disputed,
    judge_foreign,
    with_changes,
)
from changeover.upgrade.transfer.snapshots import Snapshot


class RollBackRequest(Value):
    plan: UpgradePlan


class RolledBack(Value):
    """`moved`: users may have been on the candidate."""

    moved: bool


class CaptureRequest(Value):
    plan: UpgradePlan


class CapturedSnapshot(Value):
    """The candidate's directory as users left it. It is read-only from then on."""

    move: Literal[Move.CARRIED] = Move.CARRIED
    snapshot: Snapshot


class SharedChanges(Value):
    """Both releases share one directory: no change has to be captured or replayed."""

    move: Literal[Move.SHARED] = Move.SHARED


CapturedChanges = Annotated[CapturedSnapshot | SharedChanges, Field(discriminator="move")]
"""Answer of Capture Changes."""


class ThawRequest(Value):
    plan: UpgradePlan


class Thawed(Value):
    """`freeze_seconds`: how long users were on live and could change nothing; None if unknown."""

    release: str
    freeze_seconds: float | None = None

    def metrics(self) -> list[Measure]:
        return seconds("FreezeSeconds", self.freeze_seconds)


class ReplayRequest(Value):
    plan: UpgradePlan
    captured: CapturedChanges


class ReplayedChanges(Value):
    """Number of `changes` made on live, and the new privileges and errors among them."""

    changes: int
    findings: ReturnFindings = ReturnFindings()

    def metrics(self) -> list[Measure]:
        return [count("ChangesReturned", self.changes)]


def roll_back(request: RollBackRequest, services: Services) -> RolledBack:
    """Restore the saved actions of the listener rule, if users may have been moved.

    Otherwise only record that this run is rolling back. Returns whether users may have been moved.
    Raises Conflict if another run has the lock.
    """
    plan = request.plan
    _assert_nobody_elses(plan, services)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    if not candidate.served_users:
        # Another person's change of the listener rule stays. The record stops a late freeze, which
        # could otherwise follow the thaw.
        services.releases.record(candidate.model_copy(update={"retreating": True}), plan.fence)
        return RolledBack(moved=False)
    had_users = freeze_metrics.has_users(candidate, services)
    services.front_door.restore(plan.saved_actions)
    if had_users:
        candidate = candidate.model_copy(update={"users_left_at": services.now()})
    records = (candidate.as_(Role.ROLLED_BACK), plan.live.as_(Role.LIVE))
    services.releases.record_all(records, plan.fence)
    services.front_door.preview(None)
    return RolledBack(moved=True)


def capture_changes(request: CaptureRequest, services: Services) -> CapturedChanges:
    """Make the candidate's directory read-only and export it, while live is read-only as well.

    Captures nothing from a shared directory. Returns the snapshot. Raises Conflict if another run
    has the lock.
    """
    plan = request.plan
    if plan.move is Move.SHARED:
        return SharedChanges()
    _assert_nobody_elses(plan, services)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    taken = snapshots.freeze(candidate, plan.run, "roll-back", services)
    return CapturedSnapshot(snapshot=taken)


def thaw_directory(request: ThawRequest, services: Services) -> Thawed:
    """Make live's directory writable again; a shared directory never was read-only.

    The fencing token is not checked, because a run whose lock has expired must still thaw live.
    Returns how long users could change nothing. Raises Conflict if another run has the lock.
    """
    plan = request.plan
    if plan.move is Move.SHARED:
        return Thawed(release=plan.live.name)
    _assert_nobody_elses(plan, services)
    base_dn = plan.live.dialect.base_dn
    answer = services.hosts.run(plan.live.instance, "thaw_directory", BaseDn=base_dn, Run=plan.run)
    felt = freeze_metrics.seconds(answer.get("read_only_seconds"), plan, services)
    return Thawed(release=plan.live.name, freeze_seconds=felt)


def replay_changes(request: ReplayRequest, services: Services) -> ReplayedChanges:
    """Apply to live what users changed on the candidate. A second call changes nothing.

    Returns the number of changes, and new privileges and errors among them. Raises Conflict for
    entries that were changed on both releases or that live cannot have, after all other changes
    were applied.
    """
    plan, captured = request.plan, request.captured
    if isinstance(captured, SharedChanges):
        return ReplayedChanges(changes=0)
    _assert_nobody_elses(plan, services)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    parity_key = snapshots.key(candidate.name, plan.run, PARITY)
    at_parity = snapshots.load_known(parity_key, candidate.parity, services.evidence)
    as_left = snapshots.load(captured.snapshot, services.evidence)
    parity = _as_on_live(at_parity, at_parity, candidate, plan)
    now = _as_on_live(as_left, at_parity, candidate, plan)
    made = change_plan.plan(parity.entries, now.entries)
    changed = {change.name: change.after for change in made}
    clashes = parity.clashes | now.clashes
    if not (changed or clashes):
        return ReplayedChanges(changes=0)
    live = host_directory.read(plan.live, plan, "before-return", services)
    clashes |= judge_foreign(changed, live, plan.live.name)
    possible = {name: after for name, after in changed.items() if name not in clashes}
    disputed = judge_disputed(possible, parity.entries, live, change_plan.recreated(made))
    returning = {name: possible[name] for name in possible.keys() - disputed}
    meant = with_changes(live, returning)
    changes = change_plan.plan(live, meant)
    change_plan.check_ceilings(changes, len(live), plan.configuration.ceilings)
    try:
        _bring_back(changes, meant, plan, services)
    finally:
        # Live as just read is not the state before: an earlier attempt may have applied everything.
        before = with_changes(live, {name: parity.entries.get(name) for name in returning})
        findings = return_findings.save(before, meant, plan, services)
    if left := "; ".join(describe_skipped(disputed, clashes, plan.live.name)):
        raise Conflict(f"{left}. The other version is in {captured.snapshot.key}")
    return ReplayedChanges(changes=len(changes), findings=findings)


def _bring_back(
    changes: tuple[change_plan.Change, ...], meant: Directory, plan: UpgradePlan, services: Services
) -> None:
    taken = host_directory.apply(changes, plan.live, plan, ("return", "after-return"), services)
    if different := _not_returned(changes, snapshots.load(taken, services.evidence), meant):
        raise Unhealthy(f"{plan.live.name} lacks changes that users made: {different}")


def _assert_nobody_elses(plan: UpgradePlan, services: Services) -> None:
    owner = services.releases.owner(plan.cluster, services.now())
    if owner not in ("", plan.execution):
        raise Conflict(f"{owner} holds the lock of {plan.cluster}: this run changes nothing")


def _as_on_live(
    directory: Directory, at_parity: Directory, candidate: Release, plan: UpgradePlan
) -> Converted:
    return convert_back(
        directory, at_parity, candidate.dialect, plan.live.dialect, candidate.leave_out
    )


def _not_returned(changes: Iterable[change_plan.Change], now: Directory, meant: Directory) -> str:
    """Compare only the changed entries, because users already work on live again."""
    names = {change.name for change in changes}
    return snapshots.differences(
        {name: entry for name, entry in now.items() if name in names},
        {name: entry for name, entry in meant.items() if name in names},
    )
