"""Complete Upgrade and Close Upgrade: roles change in one write, people hear, the lock is free."""

from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

from pydantic import ValidationError

from changeover.cluster.execution import Failure, readable, run_of
from changeover.cluster.release import Role
from changeover.errors import ChangeoverError, Conflict
from changeover.images import records
from changeover.metrics import Measure, count
from changeover.ports.services import Services
from changeover.types import Value
from changeover.upgrade import protection
from changeover.upgrade.cutover import return_findings
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer.logins import LostLogins, lost_key


class CompleteRequest(Value):
    plan: UpgradePlan


class Completed(Value):
    """`unprotected` is why live's stack got no termination protection; empty when it did."""

    live: str
    previous: str
    unprotected: str = ""


class Outcome(StrEnum):
    """How a run can end."""

    COMPLETED = "completed"
    REFUSED = "refused"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled-back"


class CloseRequest(Value):
    """`failure` is why the run ends; `trouble` what went wrong on the way back, if anything did."""

    execution: str
    outcome: Outcome
    failure: Failure = Failure()
    trouble: Failure = Failure()


class Closed(Value):
    """The last word of a run; `error` and `cause` are empty when it completed.

    `look`: the way back failed as well, and the outcome is only what it should have been.
    `findings` is what a person has to put right after an upgrade that completed, or has to look
    at after one that was rolled back.
    """

    outcome: Outcome
    error: str
    cause: str
    look: bool
    findings: tuple[str, ...] = ()

    def metrics(self) -> list[Measure]:
        return [count("UpgradesEnded", Outcome=self.outcome)]


_SUBJECTS = {
    Outcome.COMPLETED: "{cluster}: upgrade completed",
    Outcome.REFUSED: "{cluster}: upgrade refused, nothing was touched",
    Outcome.DISCARDED: "{cluster}: upgrade failed, users were not affected",
    Outcome.REJECTED: "{cluster}: upgrade not approved, users were not affected",
    Outcome.ROLLED_BACK: "{cluster}: upgrade rolled back, users are on the old release",
}


_COMPLETED = (
    "\n\nUsers sign in again; their desktops and jobs that run stay on the release before, until it"
    " is deleted. What to tell them, and how to delete it, is in the runbook."
)


def complete_upgrade(request: CompleteRequest, services: Services) -> Completed:
    """The candidate becomes live and live becomes previous, both or neither.

    Then its stack is protected against deletion. A failure of that is told and undoes nothing.
    """
    plan = request.plan
    candidate = services.releases.get(plan.cluster, plan.candidate)
    users_are_on = services.front_door.serving()
    if users_are_on != {candidate.target_group}:
        raise Conflict(f"the front door does not send all users to {plan.candidate}")
    kept_until = services.now() + timedelta(days=plan.configuration.retention.previous_days)
    previous = plan.live.as_(Role.PREVIOUS).model_copy(update={"kept_until": kept_until})
    records = (candidate.as_(Role.LIVE), previous)
    services.releases.record_all(records, plan.fence)
    services.front_door.preview(None)
    return Completed(
        live=plan.candidate,
        previous=plan.live.name,
        unprotected=protection.protect(plan.candidate, services),
    )


def close_upgrade(request: CloseRequest, services: Services) -> Closed:
    """Free the lock, keep the outcome as evidence and tell people how it ended."""
    cluster = services.default_cluster
    services.releases.free(cluster, request.execution)
    closed = Closed(
        outcome=request.outcome,
        look=bool(request.trouble.error),
        findings=_findings(request, services),
        **describe(request),
    )
    services.evidence.write(
        outcome_key(run_of(request.execution)), closed.model_dump_json().encode()
    )
    subject = _SUBJECTS[request.outcome].format(cluster=cluster)
    if closed.look or (closed.findings and request.outcome is Outcome.ROLLED_BACK):
        subject = f"{cluster}: a person must look at the upgrade"
    services.mail.send(subject, message(closed, request.execution, _told_late(request, services)))
    if request.outcome is Outcome.COMPLETED:
        # Reconcile makes up for it; a completed upgrade does not fail here, nor is it told twice.
        with suppress(ChangeoverError):
            records.follow_releases(services)
            records.mark_in_use(services)
    return closed


def _findings(request: CloseRequest, services: Services) -> tuple[str, ...]:
    """Raises nothing: what cannot be looked at is a finding, too."""
    if request.outcome is Outcome.ROLLED_BACK:
        return return_findings.told(request.execution, services)
    if request.outcome is not Outcome.COMPLETED:
        return ()
    try:
        return tuple(protection.unprotected(services))
    except ChangeoverError as error:
        return (f"the termination protection of live's stack could not be looked at: {error}",)


def _told_late(request: CloseRequest, services: Services) -> str:
    """What happened to users after the question to the approver, of a run that completed."""
    key = lost_key(run_of(request.execution))
    if request.outcome is not Outcome.COMPLETED or not services.evidence.exists(key):
        return ""
    with suppress(ChangeoverError, ValidationError):
        return LostLogins.model_validate_json(services.evidence.read(key)).describe()
    return ""


def outcome_key(run: str) -> str:
    return f"runs/{run}/outcome.json"


def describe(request: CloseRequest) -> dict[str, str]:
    """Error and cause as a person reads them; trouble on the way back never hides the reason."""
    if request.outcome is Outcome.COMPLETED:
        return {"error": "", "cause": ""}
    cause = readable(request.failure)
    if request.trouble.error:
        cause += f"\nThe way back failed too, a person must look: {readable(request.trouble)}"
    return {"error": request.failure.error, "cause": cause}


def message(closed: Closed, execution: str, late: str = "") -> str:
    """The closing mail's text; `late` is what the approver could not know."""
    more = f"\n\nWhy: {closed.error}\n{closed.cause}" if closed.cause else ""
    if closed.outcome is Outcome.COMPLETED:
        more += _COMPLETED
    more += "".join(f"\n\n{each}" for each in [late, *closed.findings] if each)
    return f"The upgrade ended: {closed.outcome}.{more}\n\nExecution: {execution}\n"
