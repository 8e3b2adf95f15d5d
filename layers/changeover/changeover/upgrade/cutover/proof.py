"""Proofs on record before live is frozen and users move: an invocation alone proves nothing."""

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
    """Seconds from the question to the approval, where that is known.

    Raises Conflict when the lock is lost. Raises Unhealthy without an approval of this evidence,
    when the installer's files have changed since, and when the execution was redriven.
    """
    services.releases.assert_held(plan.cluster, plan.fence)
    if any(redrives):
        raise Unhealthy("this run was redriven, and an approval is for one go: start a new run")
    approved = assert_approved(plan, validated, services)
    _assert_same_installer(validated, services)
    if approved.decided_at is None:
        return None
    patience = timedelta(seconds=plan.configuration.approval.expiry_seconds)
    return (approved.decided_at - (approved.expires_at - patience)).total_seconds()


def _assert_same_installer(validated: Validated, services: Services) -> None:
    """Nodes that users start run the installer's files as root."""
    evidence = read_evidence(validated.evidence_key, services)
    if evidence.installer_sha256:
        installer.judge(evidence.install_folder, evidence.installer_sha256, services.evidence)


def record(plan: UpgradePlan, services: Services, **parity: str) -> None:
    """Put down that the candidate may take live's users, by `proved_at` of its record.

    `parity` is the sha256 of its snapshot; nothing where both releases share one directory.
    """
    candidate = going_forward(plan, services)
    proof = {"proved_at": services.now(), **parity}
    services.releases.record(candidate.model_copy(update=proof), plan.fence)


def assert_may_shift(plan: UpgradePlan, validated: Validated, services: Services) -> Release:
    """The candidate, once plan, approval and proof are found on record.

    Raises Conflict for a plan that this run did not keep, and Unhealthy for what is not proved.
    """
    if read_plan(plan.execution, services) != plan:
        raise Conflict(f"this is not the plan of this run, {plan.run}: nobody is moved")
    assert_approved(plan, validated, services)
    candidate = going_forward(plan, services)
    if candidate.proved_at is None:
        raise Unhealthy(f"{candidate.name} was not proved by Freeze Directory: nobody is moved")
    return candidate


def going_forward(plan: UpgradePlan, services: Services) -> Release:
    """The candidate, unless its run has turned back: a late invocation must not follow the thaw.

    Raises Conflict when it has, or when the lock is lost.
    """
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    if candidate.retreating or candidate.role is not Role.CANDIDATE:
        raise Conflict(
            f"the run has turned back from {plan.candidate}: live is not frozen, nobody is moved"
        )
    return candidate
