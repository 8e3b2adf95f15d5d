"""Freeze Directory: make live read-only, bring the candidate up to date, and prove both equal."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.identities import change_plan, directories
from changeover.identities.directories import Directory
from changeover.metrics import Measure, count, seconds
from changeover.ports.services import Services
from changeover.soca.directory_provider import Move
from changeover.types import Value
from changeover.upgrade.candidate.evidence import read_evidence
from changeover.upgrade.candidate.validate import Validated
from changeover.upgrade.cutover import late_changes, proof
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import host_directory, logins, migrate, snapshots
from changeover.upgrade.transfer.migrate import CarriedIdentities, ExportedIdentities
from changeover.upgrade.transfer.shared import SharedIdentities, prove_shared

PARITY = "parity"
"""Label of the candidate's snapshot that was proved equal to live."""

_NOTHING_LATE = late_changes.LateFindings()


class FreezeRequest(Value):
    """`redrives` holds how often the execution was redriven, or nothing."""

    plan: UpgradePlan
    exported: ExportedIdentities
    validated: Validated
    redrives: tuple[int, ...] = ()


class FrozenDirectory(Value):
    """Live's directory is read-only since `frozen_at`, and the candidate's equals it.

    `changes` is the number of changes since the export. `approval_wait_seconds` is the time from
    the approval e-mail to the approval, if known. `late_findings` are findings that the approver
    did not see.
    """

    move: Literal[Move.CARRIED] = Move.CARRIED
    frozen_at: AwareDatetime
    changes: int = 0
    approval_wait_seconds: float | None = None
    late_findings: late_changes.LateFindings = late_changes.LateFindings()
    lost_logins: logins.LostLogins = logins.LostLogins()

    def metrics(self) -> list[Measure]:
        return _metrics(self.approval_wait_seconds, self.changes)

    def read_only_seconds(self, until: datetime) -> float:
        """Return for how many seconds users could change nothing."""
        return (until - self.frozen_at).total_seconds()


class WritableDirectory(Value):
    """Both releases share this directory: it is never made read-only."""

    move: Literal[Move.SHARED] = Move.SHARED
    approval_wait_seconds: float | None = None

    def metrics(self) -> list[Measure]:
        return _metrics(self.approval_wait_seconds, changes=0)

    def read_only_seconds(self, _: datetime) -> float:
        return 0


Frozen = Annotated[FrozenDirectory | WritableDirectory, Field(discriminator="move")]
"""Answer of Freeze Directory."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Both directories before the freeze: live's as `exported`, the candidate's as `found`.

    `meant` has live's converted identities, `present` the candidate's. `drifted` has the normalized
    DNs of entries that differ. `able` has those of users who can log in with a password.
    `approved` has live's findings and privileges at the export.
    """

    candidate: Release
    exported: snapshots.Copy
    found: snapshots.Copy
    meant: Directory
    present: Directory
    drifted: AbstractSet[str]
    able: AbstractSet[str]
    approved: late_changes.Moment


def freeze_directory(request: FreezeRequest, services: Services) -> Frozen:
    """Make live read-only, apply its late changes to the candidate, and prove both equal.

    A shared directory stays writable; the step only proves that both hosts still use it. Returns
    since when live is read-only, and what changed after the export. Raises Unhealthy if this
    evidence was not approved, or if the candidate cannot be made equal to live. Raises Conflict if
    the run has lost the lock or is rolling back.
    """
    plan, validated = request.plan, request.validated
    waited = proof.assert_may_freeze(plan, validated, request.redrives, services)
    if isinstance(request.exported, SharedIdentities):
        _prove_same_directory(plan, validated, services)
        return WritableDirectory(approval_wait_seconds=waited)
    return _freeze(request.exported, plan, waited, services)


def _freeze(
    exported: CarriedIdentities, plan: UpgradePlan, waited: float | None, services: Services
) -> FrozenDirectory:
    # Users cannot change anything after `frozen_at`, so do all preparation before it.
    prepared = _prepare(exported, plan, services)
    proof.going_forward(plan, services)
    frozen_at = services.now()
    taken = snapshots.freeze(plan.live, plan.run, "frozen", services)
    frozen = snapshots.read(taken, services.evidence, earlier=prepared.exported)
    identities = migrate.live_identities(frozen.directory, plan)
    live = migrate.converted(identities, plan)
    late = change_plan.differing(prepared.meant, live)
    lost = logins.prove_kept(prepared.able, late, live, plan)
    late_findings = _judge_late(prepared.approved, identities, plan) if late else _NOTHING_LATE
    changes = change_plan.plan(prepared.present, live, among=prepared.drifted | late)
    _bring_over(changes, prepared, live, plan, services)
    lost_logins = logins.LostLogins.of(lost, live)
    services.evidence.write(logins.lost_key(plan.run), lost_logins.model_dump_json().encode())
    return FrozenDirectory(
        frozen_at=frozen_at,
        changes=len(changes),
        approval_wait_seconds=waited,
        lost_logins=lost_logins,
        late_findings=late_findings,
    )


def _prepare(identities: CarriedIdentities, plan: UpgradePlan, services: Services) -> _Prepared:
    candidate = services.releases.get(plan.cluster, plan.candidate)
    exported = snapshots.read(identities.snapshot, services.evidence)
    movable = migrate.live_identities(exported.directory, plan)
    meant = migrate.converted(movable, plan)
    taken = snapshots.take(candidate, plan.run, "before-freeze", services)
    found = snapshots.read(taken, services.evidence)
    present = migrate.movable(found.directory, candidate)
    # Entries cache their digests, so that fewer are computed during the freeze.
    directories.digest(present), directories.digest(meant)
    return _Prepared(
        candidate=candidate,
        exported=exported,
        found=found,
        meant=meant,
        present=present,
        drifted=change_plan.differing(present, meant),
        able=directories.with_login(meant, plan.dialect.hosts),
        approved=late_changes.look(movable, plan.live, plan.dialect),
    )


def _bring_over(
    changes: tuple[change_plan.Change, ...],
    prepared: _Prepared,
    live: Directory,
    plan: UpgradePlan,
    services: Services,
) -> None:
    """Apply the changes to the candidate, and record the proof that it then equals `live`."""
    change_plan.check_ceilings(changes, len(prepared.present), plan.configuration.ceilings)
    candidate = prepared.candidate
    taken = host_directory.apply(changes, candidate, plan, ("delta", PARITY), services)
    copy = snapshots.read(taken, services.evidence, earlier=prepared.found)
    after = migrate.movable(copy.directory, candidate)
    if directories.digest(after) != directories.digest(live):
        different = snapshots.differences(after, live)
        raise Unhealthy(f"{candidate.name} is not equal to {plan.live.name}: {different}")
    proof.record(plan, services, parity=taken.sha256)


def _judge_late(
    seen: late_changes.Moment, now: Directory, plan: UpgradePlan
) -> late_changes.LateFindings:
    """Return the findings about live's entries `now` that the approver did not see."""
    found = late_changes.look(now, plan.live, plan.dialect)
    return late_changes.judge(seen, found, plan.live.name, plan.configuration.accepted_findings)


def _prove_same_directory(plan: UpgradePlan, validated: Validated, services: Services) -> None:
    """Raises Unhealthy unless both hosts still use the directory that was approved."""
    candidate = services.releases.get(plan.cluster, plan.candidate)
    found = prove_shared(plan.live, candidate, services)
    approved = read_evidence(validated.evidence_key, services).directory
    if approved is None or found.root != approved.root:
        raise Unhealthy(f"{found.base} at {found.uri} is not the directory that was approved")
    proof.record(plan, services)


def _metrics(approval_wait_seconds: float | None, changes: int) -> list[Measure]:
    waited = seconds("ApprovalWaitSeconds", approval_wait_seconds)
    return [*waited, count("LateChanges", changes)]
