"""Approval requests, in memory and in DynamoDB."""

from datetime import UTC, datetime

import pytest

from changeover.adapters.approvals import DynamoApprovals
from changeover.errors import Conflict
from changeover.ports.services import Approvals
from changeover.ports.values import ApprovalRecord
from tests.support.fakes import FakeApprovals

QUESTION = ApprovalRecord(
    cluster="hpc",
    run="run-1",
    candidate="hpc-r2",
    token="token",
    key_sha256="a" * 64,
    code_sha256="b" * 64,
    evidence_digest="c" * 64,
    expires_at=datetime(2026, 3, 1, tzinfo=UTC),
)
YES = QUESTION.model_copy(
    update={
        "decision": "approve",
        "decided_by": "Ada",
        "decided_at": datetime(2026, 2, 28, 12, 30, tzinfo=UTC),
        "reason": "ok",
    }
)
NO = QUESTION.model_copy(update={"decision": "reject", "decided_by": "Bob", "reason": "not now"})


@pytest.fixture
def approvals(kind: str, request: pytest.FixtureRequest) -> Approvals:
    if kind == "memory":
        return FakeApprovals()
    return DynamoApprovals(request.getfixturevalue("table"))


def test_a_question_is_read_back_whole(approvals: Approvals) -> None:
    assert approvals.get("hpc", "run-1") is None
    approvals.put(QUESTION)
    assert approvals.get("hpc", "run-1") == QUESTION


def test_a_question_is_decided_once(approvals: Approvals) -> None:
    approvals.put(QUESTION)
    assert approvals.decide(YES)
    assert not approvals.decide(NO)
    assert approvals.get("hpc", "run-1") == YES


def test_nobody_decides_what_was_not_asked(approvals: Approvals) -> None:
    assert not approvals.decide(YES)
    assert approvals.get("hpc", "run-1") is None


def test_an_answer_to_a_replaced_question_decides_nothing(approvals: Approvals) -> None:
    again = QUESTION.model_copy(update={"key_sha256": "d" * 64})
    approvals.put(QUESTION)
    approvals.put(again)
    assert not approvals.decide(YES)
    assert approvals.get("hpc", "run-1") == again


def test_wrong_codes_are_counted(approvals: Approvals) -> None:
    approvals.put(QUESTION)
    assert [approvals.count_attempt("hpc", "run-1") for _ in range(3)] == [1, 2, 3]


def test_a_decision_does_not_forget_the_attempts(approvals: Approvals) -> None:
    approvals.put(QUESTION)
    approvals.count_attempt("hpc", "run-1")
    approvals.decide(YES)
    decided = approvals.get("hpc", "run-1")
    assert decided is not None
    assert decided.attempts == 1


def test_attempts_at_a_question_that_was_not_asked_are_a_conflict(approvals: Approvals) -> None:
    with pytest.raises(Conflict, match="run-1"):
        approvals.count_attempt("hpc", "run-1")
    assert approvals.get("hpc", "run-1") is None
