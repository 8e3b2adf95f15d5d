"""Checks on stored records before live is frozen and users move: the input alone proves nothing."""

from collections.abc import Iterable
from datetime import timedelta

from changeover.cluster.release import Release, Role
from changeover.errors import Conflict, Unhealthy
from changeover.ports.services import Services
from changeover.upgrade.approval.gate import assert_approved
from changeover.upgrade.candidate import installer
from changeover.upgrade.candidate.evidence import read_evidence
from changeover.upgrade.candidate.validate import Validated
from changeover.upgrade.plan import UpgradePlan, read_plan


def assert_may_freeze(
    plan: UpgradePlan, validated: Validated, redrives: Iterable[int], services: Services
) -> float | None:
    """Return the seconds from the approval e-mail to the approval; None if unknown.

    `redrives` holds how often the execution was redriven, or nothing. Raises Conflict if the run
    has lost the lock. Raises Unhealthy if this evidence was not approved, if the installer's files
    have changed since, or if the execution was redriven.
    """
    services.releases.assert_held(plan.cluster, plan.fence)
    if any(redrives):
        raise Unhealthy(
            "this execution was redriven, and an approval counts for one attempt: start a new run"
        )
    approved = assert_approved(plan, validated, services)
    _assert_same_installer(validated, services)
    if approved.decided_at is None:
        return None
    patience = timedelta(seconds=plan.configuration.approval.expiry_seconds)
    return (approved.decided_at - (approved.expires_at - patience)).total_seconds()


def _assert_same_installer(validated: Validated, services: Services) -> None:
    """Check the installer's files, because compute nodes run them as root."""
    evidence = read_evidence(validated.evidence_key, services)
    if evidence.installer_sha256:
        installer.judge(evidence.install_folder, evidence.installer_sha256, services.evidence)


def record(plan: UpgradePlan, services: Services, **parity: str) -> None:
    """Record in the candidate's `proved_at` that it may take live's users.

    `parity` is the sha256 of the candidate's snapshot that equals live; omit it if both releases
    share one directory. Raises Conflict if the run is rolling back or has lost the lock.
    """
    candidate = going_forward(plan, services)
    proof = {"proved_at": services.now(), **parity}
    services.releases.record(candidate.model_copy(update=proof), plan.fence)


def assert_may_shift(plan: UpgradePlan, validated: Validated, services: Services) -> Release:
    """Return the candidate if its plan, approval and proof of parity are on record.

    Raises Conflict if `plan` is not the stored plan of this run, if the run is rolling back, or if
    it has lost the lock. Raises Unhealthy if the approval or the proof is missing.
    """
    if read_plan(plan.execution, services) != plan:
        raise Conflict(f"the input is not the stored plan of run {plan.run}: no user was moved")
    assert_approved(plan, validated, services)
    candidate = going_forward(plan, services)
    if candidate.proved_at is None:
        raise Unhealthy(f"Freeze Directory stored no proof for {candidate.name}: no user was moved")
    return candidate


def going_forward(plan: UpgradePlan, services: Services) -> Release:
    """Return the candidate, if its run is not rolling back.

    A late invocation must not move users after the thaw. Raises Conflict if the run is rolling back
    or has lost the lock.
    """
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    if candidate.retreating or candidate.role is not Role.CANDIDATE:
        raise Conflict(
            f"the run is rolling back from {plan.candidate} and live is not frozen: no user was"
            " moved"
        )
    return candidate
