"""Complete Upgrade and Close Upgrade: swap the roles in one write, free the lock, notify people."""

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
from changeover.upgrade.candidate import build_report
from changeover.upgrade.cutover import return_findings
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer.logins import LostLogins, lost_key


class CompleteRequest(Value):
    plan: UpgradePlan


class Completed(Value):
    """The names of both releases.

    `unprotected` is the error message if termination protection of live's stack failed, or empty.
    """

    live: str
    previous: str
    unprotected: str = ""


class Outcome(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    REFUSED = "refused"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled-back"
    BUILT = "built"


class CloseRequest(Value):
    """`failure` is why the run ended. `trouble` is the error of Roll Back or Discard, if any."""

    execution: str
    outcome: Outcome
    failure: Failure = Failure()
    trouble: Failure = Failure()


class Closed(Value):
    """The result of a run; `error` and `cause` are empty if it reached what it was asked for.

    `look`: undoing the run failed too, and a person must look. Then `outcome` is only what the run
    tried to reach. `findings` are texts for people: what to fix after a completed upgrade, what to
    check after a rollback, or what a build changed.
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
    Outcome.REFUSED: "{cluster}: upgrade refused, nothing was changed",
    Outcome.DISCARDED: "{cluster}: upgrade failed, users were not affected",
    Outcome.REJECTED: "{cluster}: upgrade not approved, users were not affected",
    Outcome.ROLLED_BACK: "{cluster}: upgrade rolled back, users are on the old release",
    Outcome.BUILT: "{cluster}: release built, nothing was deployed",
}


_COMPLETED = (
    "\n\nUsers must sign in again. Running desktops and jobs stay on the previous release until you"
    " delete it. docs/operate.md says what to tell users and how to delete that release."
)


def complete_upgrade(request: CompleteRequest, services: Services) -> Completed:
    """Record the candidate as live and live as previous, in one transaction.

    Then turn on termination protection of the new live stack. If that fails, the result says so
    and the upgrade still counts as completed. Returns the names of both releases. Raises Conflict
    if the load balancer does not send all users to the candidate, or if the lock is lost.
    """
    plan = request.plan
    candidate = services.releases.get(plan.cluster, plan.candidate)
    users_are_on = services.front_door.serving()
    if users_are_on != {candidate.target_group}:
        raise Conflict(f"the load balancer does not send all users to {plan.candidate}")
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
    """Free the lock, store the outcome in the evidence bucket, and e-mail how the run ended.

    Returns the outcome with its reason in readable form. Raises Transient if an AWS service did not
    answer; a retry is safe.
    """
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
        # An error here must not fail a completed upgrade, nor cause a retry that sends a second
        # e-mail. Reconcile does the same work later.
        with suppress(ChangeoverError):
            records.follow_releases(services)
            records.mark_in_use(services)
    return closed


def _findings(request: CloseRequest, services: Services) -> tuple[str, ...]:
    """Raises nothing: a check that fails is reported as a finding."""
    if request.outcome is Outcome.ROLLED_BACK:
        return return_findings.told(request.execution, services)
    if request.outcome is Outcome.BUILT:
        return build_report.told(run_of(request.execution), services.evidence)
    if request.outcome is not Outcome.COMPLETED:
        return ()
    try:
        return tuple(protection.unprotected(services))
    except ChangeoverError as error:
        return (f"the termination protection of live's stack could not be checked: {error}",)


def _told_late(request: CloseRequest, services: Services) -> str:
    """Return what changed for users after the approver was asked; empty unless completed."""
    key = lost_key(run_of(request.execution))
    if request.outcome is not Outcome.COMPLETED or not services.evidence.exists(key):
        return ""
    with suppress(ChangeoverError, ValidationError):
        return LostLogins.model_validate_json(services.evidence.read(key)).describe()
    return ""


def outcome_key(run: str) -> str:
    """Return the S3 key of a run's outcome in the evidence bucket."""
    return f"runs/{run}/outcome.json"


def describe(request: CloseRequest) -> dict[str, str]:
    """Return `error` and `cause` in readable form. The cause always keeps the first reason."""
    if request.outcome is Outcome.COMPLETED:
        return {"error": "", "cause": ""}
    cause = readable(request.failure) if request.failure.error else ""
    if request.trouble.error:
        cause += f"\nUndoing this run failed too, a person must look: {readable(request.trouble)}"
    return {"error": request.failure.error or request.trouble.error, "cause": cause.strip()}


def message(closed: Closed, execution: str, late: str = "") -> str:
    """Return the closing e-mail's text; `late` is what changed after the approver was asked."""
    more = f"\n\nWhy: {closed.error}\n{closed.cause}" if closed.cause else ""
    if closed.outcome is Outcome.COMPLETED:
        more += _COMPLETED
    more += "".join(f"\n\n{each}" for each in [late, *closed.findings] if each)
    return f"The upgrade ended: {closed.outcome}.{more}\n\nExecution: {execution}\n"
