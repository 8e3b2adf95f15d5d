"""Users first, then what they changed; live always ends thawed and nobody's work is lost."""

from collections.abc import Callable

import pytest

from changeover.cluster.release import Role
from changeover.errors import Unhealthy
from tests.support.run import Run
from tests.support.world import World


def shifted(world: World) -> Run:
    return Run(world).through("shift_traffic")


def failing(*_: object, **__: object) -> None:
    raise Unhealthy("injected")


def test_users_are_back_by_the_very_actions_that_were_saved() -> None:
    world = World()
    before = world.front_door.actions()
    shifted(world).roll_back()
    assert world.front_door.actions() == before


def test_live_is_live_again_on_record_and_can_be_changed() -> None:
    world = World()
    shifted(world).way_back()
    assert world.live_on_record == ["hpc-r1"]
    assert world.role_of("hpc-r2") is Role.ROLLED_BACK
    assert not world.live.frozen


def test_the_candidate_is_shown_to_nobody_and_changed_by_nobody_any_more() -> None:
    world = World()
    shifted(world).way_back()
    assert world.front_door.previewed is None
    assert world.candidate.frozen


def test_live_is_thawed_only_after_the_candidate_can_be_changed_no_more() -> None:
    world = World()
    run = shifted(world)
    run.roll_back()
    assert world.live.frozen
    run.capture_changes()
    assert (world.candidate.frozen, world.live.frozen) == (True, True)
    run.thaw_directory()
    assert (world.candidate.frozen, world.live.frozen) == (True, False)


def test_before_the_shift_there_is_nothing_to_bring_back() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    assert not run.roll_back().moved
    run.thaw_directory()
    assert not world.live.frozen
    assert world.role_of("hpc-r2") is Role.CANDIDATE
    assert world.services.releases.get("hpc", "hpc-r2").retreating


def test_before_the_shift_somebody_elses_change_of_the_front_door_stays() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    world.front_door.rule = [{"Type": "fixed-response", "StatusCode": "503"}]
    run.roll_back()
    assert world.front_door.weights() == {}


Breaks = Callable[[World, pytest.MonkeyPatch], None]


def a_front_door_that_is_stuck(world: World, _: pytest.MonkeyPatch) -> None:
    world.front_door.stuck = True


def a_table_that_takes_no_record(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.services.releases, "record_all", failing)


def a_preview_that_cannot_be_closed(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.front_door, "preview", failing)


def a_candidate_that_is_dead(world: World, _: pytest.MonkeyPatch) -> None:
    world.hosts.dead.add("i-hpc-r2")


@pytest.mark.parametrize(
    "breaks",
    [
        a_front_door_that_is_stuck,
        a_table_that_takes_no_record,
        a_preview_that_cannot_be_closed,
        a_candidate_that_is_dead,
    ],
)
def test_live_can_be_thawed_whatever_breaks_before_that(
    breaks: Breaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    run = shifted(world)
    breaks(world, monkeypatch)
    with pytest.raises(Unhealthy):
        run.way_back()
    run.thaw_directory()
    assert not world.live.frozen


def test_a_freeze_that_led_nowhere_is_measured_to_its_thaw() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    world.clock.advance(seconds=90)
    run.roll_back()
    assert run.thaw_directory().freeze_seconds == 90
    assert run.thaw_directory().freeze_seconds is None  # it was thawed before


def test_users_who_come_back_feel_the_freeze_from_then_on_only() -> None:
    world = World()
    run = shifted(world)
    world.clock.advance(seconds=600)
    run.roll_back()
    world.clock.advance(seconds=7)
    run.roll_back()  # again, after an answer that was lost
    run.capture_changes()
    world.clock.advance(seconds=4)
    assert run.thaw_directory().freeze_seconds == 11


def test_users_who_never_left_felt_all_of_the_freeze() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    world.clock.advance(seconds=90)
    world.front_door.stuck = True
    with pytest.raises(Unhealthy):
        run.shift_traffic()
    world.front_door.stuck = False
    run.roll_back()
    world.clock.advance(seconds=5)
    assert run.thaw_directory().freeze_seconds == 95


def test_a_thaw_that_cannot_be_measured_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    monkeypatch.setattr(world.services.releases, "get", failing)
    assert run.thaw_directory().freeze_seconds is None
    assert not world.live.frozen


def test_without_its_evidence_nothing_comes_back_and_live_is_thawed() -> None:
    world = World()
    run = shifted(world)
    world.services.evidence.delete_folder("releases/hpc-r2")
    with pytest.raises(Unhealthy, match="does not exist"):
        run.way_back()
    assert not world.live.frozen
    assert world.users_are_on == "hpc-r1"


@pytest.mark.parametrize("breaks", [a_preview_that_cannot_be_closed, a_candidate_that_is_dead])
def test_users_are_back_whatever_breaks_after_that(
    breaks: Breaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    run = shifted(world)
    breaks(world, monkeypatch)
    with pytest.raises(Unhealthy):
        run.way_back()
    assert world.users_are_on == "hpc-r1"
    assert world.live_on_record == ["hpc-r1"]
