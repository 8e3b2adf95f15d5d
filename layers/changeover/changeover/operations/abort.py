"""Abort Upgrade: clean up after an execution that was stopped, timed out or failed."""

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
    """An execution that ended, as Step Functions' event describes it."""

    execution: str
    status: Literal["FAILED", "TIMED_OUT", "ABORTED"]


class Aborted(Value):
    """Result of the cleanup. `outcome` is empty if the execution had left nothing to do.

    `freeze_seconds`: how long live's directory was read-only, as the document thaw_directory
    reports it.
    """

    outcome: str
    freeze_seconds: float | None = None

    def metrics(self) -> list[Measure]:
        ended = [count("UpgradesEnded", Outcome=self.outcome)] if self.outcome else []
        return [*ended, *seconds("FreezeSeconds", self.freeze_seconds)]


def abort_upgrade(ended: EndedExecution, services: Services) -> Aborted:
    """Move users back to live, thaw live's directory, and close the run.

    Returns the outcome. A repeated call finds nothing to do. Raises Transient if it should be
    tried again.
    """
    plan = read_plan(ended.execution, services)
    if plan is None or not _owes(plan, services):
        return Aborted(outcome="")
    candidate = services.releases.get(plan.cluster, plan.candidate)
    outcome, trouble, freeze_seconds = Outcome.COMPLETED, Failure(), None
    if candidate.role is not Role.LIVE:
        outcome = Outcome.ROLLED_BACK if candidate.served_users else Outcome.DISCARDED
        trouble, freeze_seconds = _lead_back(plan, services)
    cause = (
        f"The execution was ended from outside ({ended.status}). {plan.candidate} may remain: look"
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
    """Whether the run has to be cleaned up: it stored no outcome, and no other run has the lock.

    This includes a run whose lock has expired.
    """
    if services.evidence.exists(finish.outcome_key(plan.run)):
        return False
    return services.releases.owner(plan.cluster, services.now()) in ("", plan.execution)


def _lead_back(plan: UpgradePlan, services: Services) -> tuple[Failure, float | None]:
    """Move users back and thaw live's directory, even if another step fails.

    Returns the failure, if any, and the seconds that the directory was read-only.
    """
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
