"""Every run ends with its lock free, its outcome kept, and people told in words they understand."""

import json
from datetime import timedelta

import pytest

from changeover.cluster.execution import Failure, readable
from changeover.cluster.release import Role
from changeover.errors import ChangeoverError, Conflict, Refused, Transient, Unhealthy
from changeover.upgrade.finish import Closed, CloseRequest, Outcome, close_upgrade, message
from tests.support.run import EXECUTION, Run
from tests.support.world import World

LAMBDA_CAUSE = json.dumps(
    {"errorMessage": "No room left.", "errorType": "Refused", "stackTrace": []}
)


# Complete Upgrade


def test_the_candidate_becomes_live_and_live_previous_in_one_write() -> None:
    world = World()
    completed = Run(world).through("complete_upgrade")
    assert world.live_on_record == ["hpc-r2"]
    assert world.role_of("hpc-r1") is Role.PREVIOUS
    assert world.services.releases.get("hpc", "hpc-r1").kept_until == world.clock.now() + timedelta(
        days=14
    )
    assert completed.world.front_door.previewed is None


def test_completing_again_is_the_same() -> None:
    run = Run(World()).through("complete_upgrade")
    assert run.complete_upgrade().live == "hpc-r2"
    assert run.world.live_on_record == ["hpc-r2"]


def test_nothing_is_complete_while_the_front_door_says_otherwise() -> None:
    world = World()
    run = Run(world).through("bake")
    world.front_door.restore(run.plan.saved_actions)
    with pytest.raises(Conflict, match="does not send all users to hpc-r2"):
        run.complete_upgrade()
    assert world.live_on_record == ["hpc-r1"]


def test_nothing_is_complete_without_the_lock() -> None:
    world = World()
    run = Run(world).through("bake")
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.complete_upgrade()
    assert world.live_on_record == ["hpc-r1"]


def test_the_stack_that_becomes_live_is_protected_and_the_one_before_stays_so() -> None:
    world = World()
    run = Run(world).through("bake")
    assert not world.stacks.stacks["hpc-r2"].protected
    assert run.complete_upgrade().unprotected == ""
    assert world.stacks.stacks["hpc-r2"].protected
    assert world.stacks.stacks["hpc-r1"].protected


@pytest.mark.parametrize("error", [Conflict, Refused, Transient, Unhealthy])
def test_a_stack_that_cannot_be_protected_undoes_no_upgrade(
    error: type[ChangeoverError], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    run = Run(world).through("bake")

    def fail(name: str) -> None:
        raise error(f"{name}: Rate exceeded")

    monkeypatch.setattr(world.stacks, "protect", fail)
    assert run.complete_upgrade().unprotected == "hpc-r2: Rate exceeded"
    assert world.live_on_record == ["hpc-r2"]
    closed = run.close_upgrade("completed")
    (finding,) = closed.findings
    assert "stack hpc-r2" in finding
    assert finding in world.mails[-1][1]
    assert closed.outcome is Outcome.COMPLETED


# Close Upgrade


def test_an_upgrade_that_left_live_protected_has_nothing_to_add() -> None:
    run = Run(World()).through("complete_upgrade")
    assert run.close_upgrade("completed").findings == ()


def test_a_look_at_the_stack_that_fails_keeps_nothing_from_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    run = Run(world).through("complete_upgrade")

    def fail(_: str) -> None:
        raise Transient("Rate exceeded")

    monkeypatch.setattr(world.stacks, "describe", fail)
    (finding,) = run.close_upgrade("completed").findings
    assert "Rate exceeded" in finding
    assert world.mails[-1][0] == "hpc: upgrade completed"


@pytest.mark.parametrize(
    ("outcome", "subject"),
    [
        ("completed", "hpc: upgrade completed"),
        ("refused", "hpc: upgrade refused, nothing was changed"),
        ("discarded", "hpc: upgrade failed, users were not affected"),
        ("rejected", "hpc: upgrade not approved, users were not affected"),
        ("rolled-back", "hpc: upgrade rolled back, users are on the old release"),
    ],
)
def test_every_outcome_frees_the_lock_and_is_told_and_kept(outcome: str, subject: str) -> None:
    world = World()
    closed = Run(world).close_upgrade(outcome, "Unhealthy", "It was ill.")
    assert world.lock_owner == ""
    assert world.mails[-1][0] == subject
    assert json.loads(world.services.evidence.read("runs/run-1/outcome.json")) == closed.model_dump(
        mode="json"
    )


def test_subjects_fit_into_what_sns_takes() -> None:
    world = World()
    run = Run(world)
    for outcome in Outcome:
        run.close_upgrade(outcome)
    assert all(subject.isascii() and len(subject) <= 100 for subject, _ in world.mails)


def test_an_outcome_that_cannot_be_kept_does_not_keep_the_lock(monkeypatch) -> None:
    world = World()
    run = Run(world)

    def refuse(*_: object) -> None:
        raise Conflict("not allowed to call PutObject")

    monkeypatch.setattr(world.services.evidence, "write", refuse)
    with pytest.raises(Conflict):
        run.close_upgrade("refused", "Refused", "why")
    assert world.lock_owner == ""


def test_a_run_that_never_had_the_lock_leaves_it_alone() -> None:
    world = World()
    Run(world)
    second = Run.__new__(Run)
    second.world, second.execution = world, EXECUTION.format("run-2")
    second.close_upgrade("refused", "Refused", "locked")
    assert world.lock_owner == EXECUTION.format("run-1")


def test_closing_again_is_the_same() -> None:
    run = Run(World())
    assert run.close_upgrade("refused") == run.close_upgrade("refused")


def test_a_completed_run_has_nothing_to_explain() -> None:
    closed = Run(World()).close_upgrade("completed", "Unhealthy", "left over")
    assert (closed.error, closed.cause) == ("", "")


def test_trouble_on_the_way_back_hides_nothing_and_calls_for_a_person() -> None:
    world = World()
    run = Run(world)
    asked = CloseRequest(
        execution=run.execution,
        outcome=Outcome.ROLLED_BACK,
        failure=Failure(error="Unhealthy", cause="The bake failed."),
        trouble=Failure(error="Conflict", cause=LAMBDA_CAUSE),
    )
    closed = close_upgrade(asked, world.services)
    assert (closed.look, closed.error) == (True, "Unhealthy")
    assert "The bake failed." in closed.cause
    assert "Undoing this run failed too, a person must look: No room left." in closed.cause
    assert world.mails[-1][0] == "hpc: a person must look at the upgrade"
    assert json.loads(world.services.evidence.read("runs/run-1/outcome.json"))["look"]


@pytest.mark.parametrize(
    ("cause", "read"),
    [
        (LAMBDA_CAUSE, "No room left."),
        ("Nobody decided in time.", "Nobody decided in time."),
        ("", "States.Timeout"),
        ('{"errorMessage": 7}', '{"errorMessage": 7}'),
        ("[]", "[]"),
    ],
)
def test_a_cause_is_read_out_of_whatever_step_functions_hands_over(cause: str, read: str) -> None:
    assert readable(Failure(error="States.Timeout", cause=cause)) == read


def test_failures_come_as_step_functions_spells_them() -> None:
    assert Failure.model_validate({"Error": "E", "Cause": "C"}) == Failure(error="E", cause="C")
    assert Failure.model_validate({"Error": "States.Timeout"}).cause == ""


def test_the_mail_says_why_and_where_to_look() -> None:
    closed = Closed(outcome=Outcome.DISCARDED, error="Unhealthy", cause="It was ill.", look=False)
    assert message(closed, "arn:run") == (
        "The upgrade ended: discarded.\n\nWhy: Unhealthy\nIt was ill.\n\nExecution: arn:run\n"
    )


def test_the_mail_of_an_upgrade_that_completed_says_what_users_meet_now() -> None:
    said = message(Closed(outcome=Outcome.COMPLETED, error="", cause="", look=False), "arn:run")
    assert said.startswith("The upgrade ended: completed.\n\nUsers must sign in again.")
    assert said.endswith("how to delete that release.\n\nExecution: arn:run\n")
