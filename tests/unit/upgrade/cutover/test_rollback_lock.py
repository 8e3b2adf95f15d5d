"""A run that lost its lock still owes users and live their way back, unless another holds it."""

from datetime import timedelta

import pytest

from changeover.errors import Conflict
from tests.support.run import Run
from tests.support.world import World


def shifted(world: World) -> Run:
    return Run(world).through("shift_traffic")


STEPS_BACK = ("roll_back", "capture_changes", "thaw_directory", "replay_changes")


def taken_over(run: Run) -> str:
    """The run's lock lapses, and another takes it."""
    world, another = run.world, "another run"
    world.clock.advance(seconds=run.plan.configuration.longest_run_seconds)
    now = world.clock.now()
    world.services.releases.acquire("hpc", another, now, now + timedelta(hours=1))
    return another


@pytest.mark.parametrize("step", STEPS_BACK)
def test_while_another_run_holds_the_lock_nothing_is_changed(step: str) -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.capture_changes()
    world.candidate.frozen = False
    taken_over(run)
    actions, records = world.front_door.actions(), world.services.releases.list_all("hpc")
    ran = len(world.hosts.calls)
    with pytest.raises(Conflict, match="another run holds the lock of hpc"):
        getattr(run, step)()
    assert world.front_door.actions() == actions
    assert world.services.releases.list_all("hpc") == records
    assert len(world.hosts.calls) == ran
    assert world.live.frozen


def test_after_another_run_has_freed_the_lock_users_and_live_are_led_back() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    world.services.releases.free("hpc", taken_over(run))
    with pytest.raises(Conflict, match="the lock .* is lost"):
        run.roll_back()
    assert world.users_are_on == "hpc-r1"
    run.capture_changes()
    run.thaw_directory()
    assert run.replay_changes().changes == 1
    assert not world.live.frozen
    assert world.logs_in("mary", "Autumn_2021")


def test_a_lock_that_has_only_lapsed_still_leads_all_the_way_back() -> None:
    world = World()
    run = shifted(world)
    world.clock.advance(seconds=run.plan.configuration.longest_run_seconds)
    run.way_back()
    assert (world.users_are_on, world.live_on_record) == ("hpc-r1", ["hpc-r1"])
    assert not world.live.frozen
