"""Cut Over: freeze live, bring the last changes over, shift once, and watch."""

from datetime import timedelta

from pydantic import AwareDatetime

from changeover.errors import Conflict, Unhealthy
from changeover.identities import change_plan, directories
from changeover.identities.directories import Directory
from changeover.metrics import Measure, count, seconds
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade.approval.gate import assert_approved
from changeover.upgrade.candidate import installer
from changeover.upgrade.candidate.health import judge, judge_health, probe
from changeover.upgrade.candidate.validate import Validated, read_evidence
from changeover.upgrade.cutover import late_changes, proof
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import logins, migrate, snapshots
from changeover.upgrade.transfer.migrate import ExportedIdentities
from changeover.upgrade.transfer.shared import prove_shared
from changeover.upgrade.transfer.sharing import if_shared

PARITY = "parity"
"""Label of the candidate's snapshot at the moment it was proved equal to live."""

_NOTHING_LATE = late_changes.LateFindings()
_ALL = 100
_NONE = 0


class FreezeRequest(Value):
    """`redrives` holds how often the execution was redriven, or nothing."""

    plan: UpgradePlan
    exported: ExportedIdentities
    validated: Validated
    redrives: tuple[int, ...] = ()


class Frozen(Value):
    """Live is read-only since `frozen_at`; the candidate equals it, `changes` were still made.

    Where both share one directory it is never made read-only. `approval_wait_seconds` went by from
    the question to the yes, where that is known. `late_findings` are those of a check that the
    approver did not see.
    """

    frozen_at: AwareDatetime | None = None
    changes: int = 0
    approval_wait_seconds: float | None = None
    late_findings: late_changes.LateFindings = late_changes.LateFindings()
    lost_logins: logins.LostLogins = logins.LostLogins()

    def metrics(self) -> list[Measure]:
        waited = seconds("ApprovalWaitSeconds", self.approval_wait_seconds)
        return [*waited, count("LateChanges", self.changes)]


class ShiftRequest(Value):
    plan: UpgradePlan
    validated: Validated
    frozen: Frozen


class Shifted(Value):
    shifted_at: AwareDatetime
    freeze_seconds: float

    def metrics(self) -> list[Measure]:
        return seconds("FreezeSeconds", self.freeze_seconds)


class WatchRequest(Value):
    plan: UpgradePlan
    shifted: Shifted


class Watched(Value):
    over: bool
    detail: str


def _prove_once_more(request: FreezeRequest, services: Services) -> Frozen:
    waited = _assert_may_cut_over(request, services)
    candidate = services.releases.get(request.plan.cluster, request.plan.candidate)
    found = prove_shared(request.plan.live, candidate, services)
    approved = read_evidence(request.validated.evidence_key, services).directory
    if approved is None or found.root != approved.root:
        raise Unhealthy(f"{found.base} at {found.uri} is not the directory that was approved")
    proof.record(request.plan, services)
    return Frozen(approval_wait_seconds=waited)


@if_shared(_prove_once_more)
def freeze_directory(request: FreezeRequest, services: Services) -> Frozen:
    """Make live read-only, bring the candidate up to it, and prove that they are equal."""
    waited = _assert_may_cut_over(request, services)
    plan = request.plan
    candidate = services.releases.get(plan.cluster, plan.candidate)
    assert request.exported.snapshot
    exported = snapshots.read(request.exported.snapshot, services.evidence)
    approved = migrate.live_identities(exported.directory, plan)
    meant = migrate.converted(approved, plan)
    copied = snapshots.take(candidate, plan.run, "before-freeze", services)
    before = snapshots.read(copied, services.evidence)
    there = migrate.movable(before.directory, candidate)
    # What can be known before is worked out before: from here on every second is one of the freeze.
    drifted = change_plan.differing(there, meant)
    directories.digest(there), directories.digest(meant)
    seen = late_changes.look(approved, plan.live, plan.dialect)
    able = directories.with_login(meant, plan.dialect.hosts)
    proof.going_forward(plan, services)
    frozen_at = services.now()
    frozen = snapshots.freeze(plan.live, plan.run, "frozen", services)
    now = snapshots.read(frozen, services.evidence, earlier=exported)
    here = migrate.live_identities(now.directory, plan)
    live = migrate.converted(here, plan)
    late = change_plan.differing(meant, live)
    lost = logins.prove_kept(able, late, live, plan)
    late_findings = _judge_late(seen, here, plan) if late else _NOTHING_LATE
    changes = change_plan.plan(there, live, among=drifted | late)
    change_plan.check_ceilings(changes, len(there), plan.configuration.ceilings)
    taken = migrate.apply(changes, candidate, plan, ("delta", PARITY), services)
    copy = snapshots.read(taken, services.evidence, earlier=before)
    after = migrate.movable(copy.directory, candidate)
    if directories.digest(after) != directories.digest(live):
        different = snapshots.differences(after, live)
        raise Unhealthy(f"{candidate.name} is not equal to {plan.live.name}: {different}")
    proof.record(plan, services, parity=taken.sha256)
    lost_logins = logins.LostLogins.of(lost, live)
    services.evidence.write(logins.lost_key(plan.run), lost_logins.model_dump_json().encode())
    return Frozen(
        frozen_at=frozen_at,
        changes=len(changes),
        approval_wait_seconds=waited,
        lost_logins=lost_logins,
        late_findings=late_findings,
    )


def _judge_late(
    seen: late_changes.Moment, now: Directory, plan: UpgradePlan
) -> late_changes.LateFindings:
    """Findings that the approver did not see, of live's movable entries as they are `now`."""
    found = late_changes.look(now, plan.live, plan.dialect)
    return late_changes.judge(seen, found, plan.live.name, plan.configuration.accepted_findings)


def shift_traffic(request: ShiftRequest, services: Services) -> Shifted:
    """Send every user to the candidate, in one call; live's group stays, health-checked, at 0.

    Raises Conflict or Unhealthy, and moves nobody, unless this run's plan, its approval and its
    proof of parity are on record: whoever may invoke the function decides nothing by that.
    """
    plan = request.plan
    candidate = proof.assert_may_shift(plan, request.validated, services)
    target = {candidate.target_group: _ALL, plan.live.target_group: _NONE}
    now_forwarding = dict(services.front_door.weights())
    if now_forwarding != target:
        if services.front_door.actions() != plan.saved_actions:
            raise Conflict("somebody changed the front door since the upgrade began: not shifted")
        if problems := judge_health(*services.front_door.health(candidate.target_group)):
            raise Unhealthy(f"{candidate.name} cannot take users: {problems[0]}")
        served_users = candidate.model_copy(update={"served_users": True})
        services.releases.record(served_users, plan.fence)
        services.front_door.forward(target)
    shifted_at = services.now()
    frozen_at = request.frozen.frozen_at or shifted_at
    freeze_seconds = (shifted_at - frozen_at).total_seconds()
    return Shifted(shifted_at=shifted_at, freeze_seconds=freeze_seconds)


def watch_candidate(request: WatchRequest, services: Services) -> Watched:
    """Probe the candidate once while users are on it; over when it has baked long enough."""
    plan = request.plan
    configuration = plan.configuration
    candidate = services.releases.get(plan.cluster, plan.candidate)
    found = probe(candidate, configuration, services)
    problems = judge(found, candidate.provider)
    problems += judge_health(*services.front_door.health(candidate.target_group))
    if problems:
        raise Unhealthy(f"{candidate.name} fails under its users: {'; '.join(problems)}", problems)
    baked = (services.now() - request.shifted.shifted_at).total_seconds()
    over = baked >= configuration.traffic.bake_seconds
    return Watched(over=over, detail=f"well for {baked:.0f} s")


def _assert_may_cut_over(request: FreezeRequest, services: Services) -> float | None:
    """How many seconds the approver took."""
    services.releases.assert_held(request.plan.cluster, request.plan.fence)
    if any(request.redrives):
        raise Unhealthy("this run was redriven, and an approval is for one go: start a new run")
    approved = assert_approved(request.plan, request.validated, services)
    _assert_same_installer(request, services)
    if approved.decided_at is None:
        return None
    patience = timedelta(seconds=request.plan.configuration.approval.expiry_seconds)
    return (approved.decided_at - (approved.expires_at - patience)).total_seconds()


def _assert_same_installer(request: FreezeRequest, services: Services) -> None:
    """Nodes that users start run it as root."""
    evidence = read_evidence(request.validated.evidence_key, services)
    if evidence.installer_sha256:
        installer.judge(evidence.install_folder, evidence.installer_sha256, services.evidence)
