"""What must be on record before users are moved, so that an invocation proves nothing by itself."""

from changeover.cluster.release import Release, Role
from changeover.errors import Conflict, Unhealthy
from changeover.ports.services import Services
from changeover.upgrade.approval.gate import assert_approved
from changeover.upgrade.candidate.validate import Validated
from changeover.upgrade.plan import UpgradePlan, read_plan


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
