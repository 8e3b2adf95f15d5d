"""An execution that was ended from outside leaves neither users nor live behind."""

import pytest

from changeover.operations.abort import EndedExecution, abort_upgrade
from tests.support.run import STEPS, Run
from tests.support.world import CANDIDATE, LIVE, World

BEFORE_THE_SHIFT = STEPS[: STEPS.index("shift_traffic")]
USERS_HAVE_MOVED = ("shift_traffic", "bake")


@pytest.mark.parametrize("last", BEFORE_THE_SHIFT)
def test_before_the_shift_the_candidate_goes_and_live_is_as_it_was(last: str) -> None:
    world = World()
    run = Run(world).through(last)
    assert run.abort_run() == "discarded"
    assert (world.users_are_on, world.live_on_record) == (LIVE, [LIVE])
    assert not world.live.frozen
    assert world.lock_owner == ""
    assert set(world.stacks.deleted) <= {CANDIDATE}


@pytest.mark.parametrize("last", USERS_HAVE_MOVED)
def test_after_the_shift_users_come_back_with_what_they_changed(last: str) -> None:
    world = World()
    run = Run(world).through(last)
    world.change_password("mary", "Autumn_2021", on=CANDIDATE)
    assert run.abort_run() == "rolled-back"
    assert (world.users_are_on, world.live_on_record) == (LIVE, [LIVE])
    assert world.logs_in("mary", "Autumn_2021")
    assert not world.live.frozen
    assert world.stacks.deleted == []


def test_how_long_a_freeze_lasted_that_nobody_ended_is_told() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    world.clock.advance(seconds=90)
    ended = EndedExecution(execution=run.execution, status="ABORTED")
    assert abort_upgrade(ended, world.services).freeze_seconds == 90


def test_an_upgrade_that_is_complete_only_lacks_its_closing() -> None:
    world = World()
    run = Run(world).through("complete_upgrade")
    assert run.abort_run() == "completed"
    assert (world.users_are_on, world.live_on_record) == (CANDIDATE, [CANDIDATE])
    assert world.lock_owner == ""


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_people_hear_how_it_was_ended_and_what_may_be_left(status: str) -> None:
    world = World()
    Run(world).through("deploy_candidate").abort_run(status)
    subject, text = world.mails[-1]
    assert subject == "hpc: upgrade failed, users were not affected"
    assert f"ended from outside ({status}). hpc-r2 may remain" in text


def test_a_second_call_does_nothing() -> None:
    world = World()
    run = Run(world).through("shift_traffic")
    run.abort_run()
    ran, told = len(world.hosts.calls), len(world.mails)
    assert run.abort_run() == ""
    assert (len(world.hosts.calls), len(world.mails)) == (ran, told)


def test_a_run_that_has_closed_itself_is_left_alone() -> None:
    world = World()
    run = Run(world).through("complete_upgrade")
    run.close_upgrade("completed")
    told = len(world.mails)
    assert run.abort_run("FAILED") == ""
    assert len(world.mails) == told


def test_an_execution_that_planned_nothing_has_nothing_to_lead_back() -> None:
    run = Run(World())
    run.execution = run.execution.replace("run-1", "run-2")
    assert run.abort_run() == ""
    assert run.world.lock_owner.endswith("run-1")


def test_another_run_that_holds_the_lock_is_not_disturbed() -> None:
    world = World()
    run = Run(world).through("deploy_candidate")
    world.clock.advance(seconds=run.plan.configuration.longest_run_seconds)
    another = Run(world, "run-2")
    assert run.abort_run() == ""
    assert world.lock_owner == another.execution
    assert world.stacks.deleted == []


def test_a_candidate_that_is_dead_keeps_neither_users_nor_live() -> None:
    world = World()
    run = Run(world).through("bake")
    world.candidate_dies()
    assert run.abort_run() == "rolled-back"
    assert (world.users_are_on, world.live_on_record, world.lock_owner) == (LIVE, [LIVE], "")
    assert not world.live.frozen
    assert "a person must look" in world.mails[-1][0]


def test_a_front_door_that_is_stuck_does_not_keep_live_frozen() -> None:
    world = World()
    run = Run(world).through("bake")
    world.front_door.stuck = True
    run.abort_run()
    assert not world.live.frozen
    subject, text = world.mails[-1]
    assert "a person must look" in subject
    assert "does not show what it was told" in text
