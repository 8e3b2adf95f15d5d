"""Abort Upgrade: what an execution owes that was stopped, ran out of time, or broke off."""

from typing import Literal

from changeover.cluster.execution import Failure
from changeover.cluster.release import Role
from changeover.errors import ChangeoverError, Transient
from changeover.metrics import Measure, count, seconds
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade import finish
from changeover.upgrade.candidate import discard
from changeover.upgrade.cutover import rollback
from changeover.upgrade.finish import Outcome
from changeover.upgrade.plan import UpgradePlan, read_plan


class EndedExecution(Value):
    """As Step Functions announces it."""

    execution: str
    status: Literal["FAILED", "TIMED_OUT", "ABORTED"]


class Aborted(Value):
    """`outcome` is empty when the execution had closed itself and nothing was left to do.

    `freeze_seconds` is as the thaw said it.
    """

    outcome: str
    freeze_seconds: float | None = None

    def metrics(self) -> list[Measure]:
        ended = [count("UpgradesEnded", Outcome=self.outcome)] if self.outcome else []
        return [*ended, *seconds("FreezeSeconds", self.freeze_seconds)]


def abort_upgrade(ended: EndedExecution, services: Services) -> Aborted:
    """Lead users and live back, and close the run in its place; again: nothing more to do."""
    plan = read_plan(ended.execution, services)
    if plan is None or not _owes(plan, services):
        return Aborted(outcome="")
    candidate = services.releases.get(plan.cluster, plan.candidate)
    outcome, trouble, freeze_seconds = Outcome.COMPLETED, Failure(), None
    if candidate.role is not Role.LIVE:
        outcome = Outcome.ROLLED_BACK if candidate.served_users else Outcome.DISCARDED
        trouble, freeze_seconds = _lead_back(plan, services)
    cause = (
        f"The execution was ended from outside ({ended.status}). {plan.candidate} may be left: look"
        " at its stack, and delete it if no job runs on it."
    )
    closing = finish.CloseRequest(
        execution=ended.execution,
        outcome=outcome,
        failure=Failure(error=ended.status, cause=cause),
        trouble=trouble,
    )
    closed = finish.close_upgrade(closing, services)
    return Aborted(outcome=closed.outcome, freeze_seconds=freeze_seconds)


def _owes(plan: UpgradePlan, services: Services) -> bool:
    """A run that closed itself kept its outcome; one whose lock has lapsed owes all the same."""
    if services.evidence.exists(finish.outcome_key(plan.run)):
        return False
    return services.releases.owner(plan.cluster, services.now()) in ("", plan.execution)


def _lead_back(plan: UpgradePlan, services: Services) -> tuple[Failure, float | None]:
    """What went wrong on the way back, if anything did; live is thawed in any case."""
    freeze_seconds: float | None = None
    try:
        captured: rollback.CapturedChanges | None = None
        try:
            if rollback.roll_back(rollback.RollBackRequest(plan=plan), services).moved:
                captured = rollback.capture_changes(rollback.CaptureRequest(plan=plan), services)
        finally:
            thawed = rollback.thaw_directory(rollback.ThawRequest(plan=plan), services)
            freeze_seconds = thawed.freeze_seconds
        _clear_up(plan, captured, services)
    except Transient:
        raise
    except ChangeoverError as error:
        return Failure(error=type(error).__name__, cause=str(error)), freeze_seconds
    return Failure(), freeze_seconds


def _clear_up(
    plan: UpgradePlan, captured: rollback.CapturedChanges | None, services: Services
) -> None:
    if captured:
        rollback.replay_changes(rollback.ReplayRequest(plan=plan, captured=captured), services)
    else:
        discard.discard_candidate(discard.DiscardRequest(plan=plan), services)
