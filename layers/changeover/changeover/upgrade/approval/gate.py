"""Await Approval: ask for one decision. Only an explicit yes to the shown evidence approves."""

import hashlib
import hmac
import re
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from changeover.errors import Unhealthy
from changeover.ports.services import Services
from changeover.ports.values import ApprovalRecord
from changeover.types import Value
from changeover.upgrade.approval.email import question
from changeover.upgrade.candidate.evidence import Evidence, evidence_digest, read_evidence
from changeover.upgrade.candidate.validate import Validated
from changeover.upgrade.plan import UpgradePlan

_KEY_LENGTH = 40
_CODE_LENGTH = 8
_MOST_ATTEMPTS = 10
_LONGEST_NAME = 100
# An approval in the last minute counts. A run that waits much longer is not the one approved.
_GRACE = timedelta(hours=1)


class Decision(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


class ApprovalRequest(Value):
    """`token` is the task token that resumes the execution: a secret, stored only in DynamoDB."""

    plan: UpgradePlan
    validated: Validated
    token: str


class ApprovalAsked(Value):
    """Number of confirmed subscribers asked. The decision arrives later through the task token."""

    subscribers: int


class Answer(Value):
    """The form as a person sent it."""

    run: str
    key: str
    evidence_digest: str
    code: str
    decision: Decision
    name: str
    reason: str = ""


class Problem(ValueError):
    """Why an answer does not count. The page shows the message."""


class AlreadyDecided(Problem):
    """The question of this `record` was decided before."""

    def __init__(self, record: ApprovalRecord) -> None:
        super().__init__(f"This upgrade was {record.decision} by {record.decided_by}.")
        self.record = record


def await_approval(request: ApprovalRequest, services: Services) -> ApprovalAsked:
    """Store the question and e-mail the link with its code. Store only hashes of key and code.

    Returns how many subscribers were asked. Raises Unhealthy if none is left. Raises Conflict if
    the run has lost the lock.
    """
    plan = request.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    subscribers = services.mail.confirmed_subscribers()
    if not subscribers:
        raise Unhealthy(
            "the SNS topic has no confirmed e-mail subscription any more, so that nobody can"
            " approve: subscribe again, and start a new run"
        )
    key, code = services.new_secret(_KEY_LENGTH), services.new_secret(_CODE_LENGTH).upper()
    expires_at = services.now() + timedelta(seconds=plan.configuration.approval.expiry_seconds)
    services.approvals.put(
        ApprovalRecord(
            cluster=plan.cluster,
            run=plan.run,
            candidate=plan.candidate,
            token=request.token,
            key_sha256=_hash(key),
            code_sha256=_hash(code),
            evidence_digest=request.validated.evidence_digest,
            expires_at=expires_at,
        )
    )
    asked_for = urlencode({"cluster": plan.cluster, "run": plan.run, "key": key})
    link = f"{services.front_door_url}/changeover/review?{asked_for}"
    evidence = read_evidence(request.validated.evidence_key, services)
    services.mail.send(
        f"Approve the upgrade of {plan.cluster} to {plan.candidate}?",
        question(evidence, link, code, expires_at),
    )
    return ApprovalAsked(subscribers=subscribers)


def find(cluster: str, run: str, key: str, services: Services) -> tuple[ApprovalRecord, Evidence]:
    """Return the open question of a link, and its evidence. Changes nothing.

    Raises AlreadyDecided if the question was decided. Raises Problem if the link is not valid, if
    the time is over, or if the evidence has changed.
    """
    record = _behind(cluster, run, key, services)
    if record.decision:
        raise AlreadyDecided(record)
    if services.now() >= record.expires_at:
        raise Problem("The time to decide is over. The candidate is discarded.")
    evidence = read_evidence(f"runs/{run}/evidence.json", services)
    if evidence_digest(evidence) != record.evidence_digest:
        raise Problem("The evidence has changed since the e-mail was sent. Start a new run.")
    return record, evidence


def decide(cluster: str, answer: Answer, services: Services) -> ApprovalRecord:
    """Store the decision and resume the execution.

    If the same decision is sent again, only resume the execution, which may have missed it. Returns
    the stored decision. Raises Problem, with a text for the page, if the answer does not count.
    """
    given = _behind(cluster, answer.run, answer.key, services)
    if given.decision == answer.decision:
        _check_code(given, answer, services)
        return _resume_execution(given, services)
    record, evidence = find(cluster, answer.run, answer.key, services)
    _check_code(record, answer, services)
    if answer.evidence_digest != evidence_digest(evidence):
        raise Problem("The page that you sent is out of date: open the link again.")
    decided = record.model_copy(
        update={
            "decision": answer.decision.value,
            "decided_by": answer.name,
            "reason": answer.reason,
            "decided_at": services.now(),
        }
    )
    if not services.approvals.decide(decided):
        raise Problem("Somebody else has just decided.")
    return _resume_execution(decided, services)


def assert_approved(plan: UpgradePlan, validated: Validated, services: Services) -> ApprovalRecord:
    """Return the approval. Raises Unhealthy unless a person approved exactly this evidence."""
    record = services.approvals.get(plan.cluster, plan.run)
    if record is None or record.decision != Decision.APPROVED:
        raise Unhealthy("no approval is on record for this run")
    if services.now() >= record.expires_at + _GRACE:
        raise Unhealthy("the approval is too old: start a new run")
    evidence = read_evidence(validated.evidence_key, services)
    if not record.evidence_digest == validated.evidence_digest == evidence_digest(evidence):
        raise Unhealthy("the evidence is not the one that was approved: start a new run")
    return record


def _behind(cluster: str, run: str, key: str, services: Services) -> ApprovalRecord:
    # DynamoDB refuses very long keys, which would look like an error of Changeover.
    named = max(len(cluster), len(run)) <= _LONGEST_NAME
    record = services.approvals.get(cluster, run) if named else None
    if record is None or not hmac.compare_digest(record.key_sha256, _hash(key)):
        raise Problem("This link is not valid, or a newer e-mail has replaced it.")
    return record


def _resume_execution(decided: ApprovalRecord, services: Services) -> ApprovalRecord:
    answer = {
        "decision": decided.decision,
        "decided_by": decided.decided_by,
        "reason": decided.reason,
    }
    if not services.callbacks.answer(decided.token, answer):
        raise Problem(f"The upgrade was {decided.decision} and no longer waits for a decision.")
    return decided


def _check_code(record: ApprovalRecord, answer: Answer, services: Services) -> None:
    if record.attempts >= _MOST_ATTEMPTS:
        raise Problem("Too many wrong codes were entered. This link is closed.")
    if not hmac.compare_digest(
        record.code_sha256, _hash(re.sub(r"[\s-]", "", answer.code).upper())
    ):
        left = _MOST_ATTEMPTS - services.approvals.count_attempt(record.cluster, record.run)
        raise Problem(f"That is not the code from the e-mail. Attempts left: {max(left, 0)}.")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
