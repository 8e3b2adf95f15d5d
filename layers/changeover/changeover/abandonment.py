"""Abandon Upgrade: what an execution owes that was stopped, ran out of time, or broke off."""

from typing import Literal

from changeover import discard, ending, rollback
from changeover.ending import Failure, Outcome
from changeover.errors import ChangeoverError, Transient
from changeover.plan import UpgradePlan, read_plan
from changeover.ports import Services
from changeover.release import Role
from changeover.values import Value


class EndedExecution(Value):
    """As Step Functions announces it."""

    execution: str
    status: Literal["FAILED", "TIMED_OUT", "ABORTED"]


class Abandoned(Value):
    """`outcome` is empty when the execution had closed itself and nothing was left to do."""

    outcome: str


def abandon_upgrade(ended: EndedExecution, services: Services) -> Abandoned:
    """Lead users and live back, and close the run in its place; again: nothing more to do."""
    plan = read_plan(ended.execution, services)
    if plan is None or not _owes(plan, services):
        return Abandoned(outcome="")
    candidate = services.releases.get(plan.cluster, plan.candidate)
    outcome, trouble = Outcome.COMPLETED, Failure()
    if candidate.role is not Role.LIVE:
        outcome = Outcome.ROLLED_BACK if candidate.took_users else Outcome.DISCARDED
        trouble = _lead_back(plan, services)
    cause = (
        f"The execution was ended from outside ({ended.status}). {plan.candidate} may be left: look"
        " at its stack, and delete it if no job runs on it."
    )
    closing = ending.CloseRequest(
        execution=ended.execution,
        outcome=outcome,
        failure=Failure(error=ended.status, cause=cause),
        trouble=trouble,
    )
    return Abandoned(outcome=ending.close_upgrade(closing, services).outcome)


def _owes(plan: UpgradePlan, services: Services) -> bool:
    """A run that closed itself kept its outcome; one whose lock has lapsed owes all the same."""
    if services.evidence.exists(ending.outcome_key(plan.run)):
        return False
    return services.releases.owner(plan.cluster, services.now()) in ("", plan.execution)


def _lead_back(plan: UpgradePlan, services: Services) -> Failure:
    """What went wrong on the way back, if anything did; live is thawed in any case."""
    try:
        _walk_back(plan, services)
    except Transient:
        raise
    except ChangeoverError as error:
        return Failure(error=type(error).__name__, cause=str(error))
    return Failure()


def _walk_back(plan: UpgradePlan, services: Services) -> None:
    fetched: rollback.Fetched | None = None
    try:
        if rollback.roll_back(rollback.RollBackRequest(plan=plan), services).moved:
            fetched = rollback.fetch_changes(rollback.FetchRequest(plan=plan), services)
    finally:
        rollback.thaw_directory(rollback.ThawRequest(plan=plan), services)
    if fetched:
        rollback.return_changes(rollback.ReturnRequest(plan=plan, fetched=fetched), services)
    else:
        discard.discard_candidate(discard.DiscardRequest(plan=plan), services)
