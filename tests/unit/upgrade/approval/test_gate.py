"""One person decides once, by an explicit act, on the evidence shown; all else is a no."""

import re

import pytest

from changeover.errors import Conflict, Unhealthy
from changeover.upgrade.approval.gate import Answer, Problem, assert_approved, decide
from tests.support.browser import code_in, link_in
from tests.support.image_pipeline import BASE, Pipeline, ami
from tests.support.run import TOKEN, Run
from tests.support.world import IMAGE, World

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


# Asking


def test_one_mail_says_what_is_asked_and_until_when() -> None:
    world = World()
    asked(world)
    (subject, text) = world.mails[-1]
    assert subject == "Approve the upgrade of hpc to hpc-r2?"
    assert "hpc-r2 is ready to replace hpc-r1" in text
    assert "3 users, 4 groups, 1 sudo roles" in text
    assert "before 2026-03-02" in text


def test_the_mail_tells_what_is_known_of_both_images_and_what_to_mind() -> None:
    world = Pipeline()
    world.configure(stack_parameters={"BaseOS": "centos7"})
    world.judged(1, operating_system="Ubuntu 24.04")
    asked(world)
    text = world.mails[-1][1]
    assert f"  Image         {ami(1)}, recipe 1.0.0 of 2026-02-28 on {BASE}, 0 critical" in text
    assert f"on hpc-r1: {IMAGE}, never checked\n" in text
    assert "Warning: the end of support of Ubuntu 24.04 is not known\n" in text


def test_link_and_code_are_in_the_mail_and_nowhere_else() -> None:
    world = World()
    asked(world)
    record = repr(world.services.approvals.asked) + repr(world.services.evidence.objects)
    assert key_of(world) not in record
    assert code_in(world.mails[-1][1]) not in record


def test_the_task_token_is_in_the_table_and_not_in_the_mail() -> None:
    world = World()
    asked(world)
    assert world.services.approvals.get("hpc", "run-1").token == TOKEN
    assert TOKEN not in str(world.mails)


def test_nobody_is_asked_when_nobody_could_answer() -> None:
    world = World()
    run = Run(world).through("validate_candidate")
    world.services.mail.confirmed = 0
    with pytest.raises(Unhealthy, match="nobody can approve"):
        run.await_approval()
    assert world.mails == []


def test_a_run_without_its_lock_asks_nobody() -> None:
    world = World()
    run = Run(world).through("validate_candidate")
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.await_approval()
    assert world.mails == []


def test_asking_again_kills_the_first_link() -> None:
    world = World()
    run = asked(world)
    first = answer(run)
    run.await_approval("another-token")
    with pytest.raises(Problem, match="a newer e-mail has replaced it"):
        decide("hpc", first, world.services)
    assert decide("hpc", answer(run), world.services).decision == "approved"


# What counts as a yes


def test_a_yes_to_this_evidence_is_a_yes() -> None:
    run = Run(World()).through("approve")
    assert_approved(run.plan, run.validated, run.world.services)


EXPIRY_SECONDS, GRACE_SECONDS = 86_400, 3_600


def test_a_yes_in_the_last_minute_is_a_yes() -> None:
    run = asked(World())
    run.world.clock.advance(seconds=EXPIRY_SECONDS - 1)
    run.approve()
    run.world.clock.advance(seconds=GRACE_SECONDS)
    assert_approved(run.plan, run.validated, run.world.services)


def test_a_yes_that_is_too_old_is_no_yes() -> None:
    run = Run(World()).through("approve")
    run.world.clock.advance(seconds=EXPIRY_SECONDS + GRACE_SECONDS)
    with pytest.raises(Unhealthy, match="the approval is too old"):
        assert_approved(run.plan, run.validated, run.world.services)


def test_a_no_is_no_yes() -> None:
    world = World()
    run = asked(world)
    world.answers("rejected")
    with pytest.raises(Unhealthy, match="no approval is on record"):
        assert_approved(run.plan, run.validated, world.services)


def test_a_run_that_asked_nobody_has_no_yes() -> None:
    run = Run(World()).through("validate_candidate")
    with pytest.raises(Unhealthy, match="no approval is on record"):
        assert_approved(run.plan, run.validated, run.world.services)


def test_a_yes_to_other_evidence_is_no_yes() -> None:
    run = Run(World()).through("approve")
    other = run.validated.model_copy(update={"evidence_digest": "0" * 64})
    with pytest.raises(Unhealthy, match="not the one that was approved"):
        assert_approved(run.plan, other, run.world.services)


def test_the_link_leads_to_the_front_door() -> None:
    world = World()
    asked(world)
    assert link_in(world.mails[-1][1]).startswith("https://hpc.example.com/changeover/review?")
