"""The first good answer decides; a wrong, late or changed one decides nothing."""

import re

import pytest

from changeover.errors import Transient, Unhealthy
from changeover.upgrade.approval.gate import (
    AlreadyDecided,
    Answer,
    Decision,
    Problem,
    assert_approved,
    decide,
    find,
)
from tests.support.browser import code_in
from tests.support.run import TOKEN, Run
from tests.support.world import World

WRONG = "NOT-THE-CODE"


def asked(world: World) -> Run:
    return Run(world).through("await_approval")


def key_of(world: World) -> str:
    return re.findall(r"key=(\w+)", world.mails[-1][1])[0]


def answer(run: Run, /, **said: str) -> Answer:
    mail = run.world.mails[-1][1]
    right = {
        "run": run.plan.run,
        "key": key_of(run.world),
        "evidence_digest": run.validated.evidence_digest,
        "code": code_in(mail),
        "decision": "approved",
        "name": "Ada",
    }
    return Answer.model_validate(right | said)


def refusal(run: Run, /, **said: str) -> str:
    with pytest.raises(Problem) as caught:
        decide("hpc", answer(run, **said), run.world.services)
    assert run.world.services.callbacks.answers == {}
    return str(caught.value)


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_wakes_the_run_with_who_and_why(decision: Decision) -> None:
    run = asked(World())
    decide("hpc", answer(run, decision=decision, reason="Friday"), run.world.services)
    assert run.world.services.callbacks.answers == {
        TOKEN: {"decision": decision, "decided_by": "Ada", "reason": "Friday"}
    }


def test_the_first_decision_stands() -> None:
    run = asked(World())
    decide("hpc", answer(run, decision="rejected"), run.world.services)
    with pytest.raises(AlreadyDecided, match=r"^This upgrade was rejected by Ada\.$"):
        decide("hpc", answer(run), run.world.services)
    assert run.world.services.approvals.get("hpc", "run-1").decision == "rejected"
    assert run.world.services.callbacks.answers[TOKEN]["decision"] == "rejected"


def test_of_two_people_who_decide_at_once_one_is_too_late() -> None:
    run = asked(World())
    run.world.services.approvals.decide = lambda _: False
    assert refusal(run) == "Somebody else has just decided."


def test_a_code_may_be_typed_carelessly() -> None:
    run = asked(World())
    code = f"  {code_in(run.world.mails[-1][1]).lower()} "
    assert decide("hpc", answer(run, code=code), run.world.services).decision == "approved"


def test_a_wrong_code_decides_nothing_and_is_counted() -> None:
    run = asked(World())
    assert "Attempts left: 9." in refusal(run, code=WRONG)
    assert "Attempts left: 8." in refusal(run, code=WRONG)


def test_after_ten_wrong_codes_the_right_one_does_not_help() -> None:
    run = asked(World())
    for _ in range(10):
        refusal(run, code=WRONG)
    assert "This link is closed" in refusal(run)


def test_a_wrong_key_is_no_link() -> None:
    assert "not valid" in refusal(asked(World()), key="s" * 40)


def test_another_runs_link_is_no_link() -> None:
    assert "not valid" in refusal(asked(World()), run="run-2")


def test_silence_is_a_no() -> None:
    run = asked(World())
    run.world.clock.advance(seconds=run.plan.configuration.approval.expiry_seconds)
    assert "The time to decide is over" in refusal(run)
    with pytest.raises(Unhealthy, match="no approval is on record"):
        assert_approved(run.plan, run.validated, run.world.services)


def test_a_page_that_is_out_of_date_decides_nothing() -> None:
    assert "out of date" in refusal(asked(World()), evidence_digest="0" * 64)


def test_evidence_that_changed_since_cannot_be_approved() -> None:
    run = asked(World())
    key = run.validated.evidence_key
    evidence = run.world.services.evidence
    evidence.write(key, evidence.read(key).replace(b'"users": 3', b'"users": 2'))
    assert "The evidence has changed" in refusal(run)


def test_a_run_that_waits_no_more_says_so() -> None:
    run = asked(World())
    run.world.services.callbacks.waiting.clear()
    assert "no longer waits for a decision" in refusal(run)


def test_a_decision_that_did_not_reach_the_run_can_be_sent_again(monkeypatch) -> None:
    run = asked(World())
    callbacks = run.world.services.callbacks

    def busy(*_: object) -> bool:
        raise Transient("Step Functions is busy")

    with monkeypatch.context() as once:
        once.setattr(callbacks, "answer", busy)
        with pytest.raises(Transient):
            decide("hpc", answer(run), run.world.services)
    decide("hpc", answer(run), run.world.services)
    assert callbacks.answers[TOKEN]["decision"] == "approved"


def lost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A yes that is on record, and that the run has not heard of."""

    def busy(*_: object) -> bool:
        raise Transient("Step Functions is busy")

    with monkeypatch.context() as once:
        once.setattr(run.world.services.callbacks, "answer", busy)
        with pytest.raises(Transient):
            decide("hpc", answer(run, reason="Friday"), run.world.services)


def test_looking_at_a_lost_decision_only_says_what_was_decided(monkeypatch) -> None:
    run = asked(World())
    lost(run, monkeypatch)
    with pytest.raises(AlreadyDecided, match=r"^This upgrade was approved by Ada\.$"):
        find("hpc", "run-1", key_of(run.world), run.world.services)
    assert run.world.services.callbacks.answers == {}


def test_a_lost_decision_is_sent_again_with_its_first_reason(monkeypatch) -> None:
    run = asked(World())
    lost(run, monkeypatch)
    decide("hpc", answer(run, name="Eve", reason="Monday"), run.world.services)
    assert run.world.services.callbacks.answers == {
        TOKEN: {"decision": "approved", "decided_by": "Ada", "reason": "Friday"}
    }


@pytest.mark.parametrize("said", [{"code": WRONG}, {"decision": "rejected"}])
def test_nothing_else_resumes_a_run_that_missed_its_decision(
    said: dict[str, str], monkeypatch
) -> None:
    run = asked(World())
    lost(run, monkeypatch)
    refusal(run, **said)


def test_looking_at_an_open_question_resumes_nothing() -> None:
    run = asked(World())
    find("hpc", "run-1", key_of(run.world), run.world.services)
    assert run.world.services.callbacks.answers == {}


def test_an_open_question_shows_its_evidence() -> None:
    run = asked(World())
    _, evidence = find("hpc", "run-1", key_of(run.world), run.world.services)
    assert evidence.candidate == "hpc-r2"
