"""Users first, then what they changed; live always ends thawed and nobody's work is lost."""

from collections.abc import Callable

import pytest

from changeover.errors import Conflict, Transient, Unhealthy
from changeover.release import Role
from tests.run import Run
from tests.world import World

MANY = ["mary", "jdoe", *(f"user{n}" for n in range(20))]


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
    shifted(world).roll_back()
    assert world.live_on_record == ["hpc-r1"]
    assert world.role_of("hpc-r2") is Role.ROLLED_BACK
    assert not world.live.frozen


def test_the_candidate_is_shown_to_nobody_and_changed_by_nobody_any_more() -> None:
    world = World()
    shifted(world).roll_back()
    assert world.front_door.previewed is None
    assert world.candidate.frozen


def test_what_users_changed_on_the_candidate_is_back_on_live() -> None:
    world = World(users=MANY)
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    world.add_user("newcomer", on="hpc-r2")
    world.remove_user("jdoe", on="hpc-r2")
    rolled_back = run.roll_back()
    assert (rolled_back.moved, rolled_back.returned) == (True, 4)
    assert world.logs_in("mary", "Autumn_2021")
    assert world.logs_in("newcomer")
    assert not world.logs_in("jdoe")


def test_lives_own_accounts_stay_through_a_way_back() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    assert world.logs_in("socaadmin", "Admin#2021")


def test_rolling_back_again_brings_nothing_back_twice() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    assert run.roll_back().returned == 1
    assert run.roll_back().returned == 0
    assert world.logs_in("mary", "Autumn_2021")


def test_what_a_user_changed_on_live_since_is_not_undone_by_a_second_try() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    world.change_password("mary", "Winter_2021", on="hpc-r1")
    with pytest.raises(Conflict, match="changed on both releases, .* uid=mary"):
        run.roll_back()
    assert world.logs_in("mary", "Winter_2021")


def test_before_the_shift_there_is_nothing_to_bring_back() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    rolled_back = run.roll_back()
    assert (rolled_back.moved, rolled_back.returned) == (False, 0)
    assert not world.live.frozen
    assert world.role_of("hpc-r2") is Role.CANDIDATE


def test_before_the_shift_somebody_elses_change_of_the_front_door_stays() -> None:
    world = World()
    run = Run(world).through("freeze_directory")
    world.front_door.default_actions = [{"Type": "fixed-response", "StatusCode": "503"}]
    run.roll_back()
    assert world.front_door.weights() == {}


def test_a_run_that_lost_its_lock_does_not_move_users() -> None:
    world = World()
    run = shifted(world)
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.roll_back()
    assert world.users_are_on == "hpc-r2"


Breaks = Callable[[World, pytest.MonkeyPatch], None]


def a_front_door_that_is_stuck(world: World, _: pytest.MonkeyPatch) -> None:
    world.front_door.stuck = True


def a_table_that_takes_no_record(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.services.releases, "record_all", failing)


def a_preview_that_cannot_be_closed(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.front_door, "preview", failing)


def a_candidate_that_is_dead(world: World, _: pytest.MonkeyPatch) -> None:
    world.hosts.dead.add("i-hpc-r2")


def evidence_that_is_gone(world: World, _: pytest.MonkeyPatch) -> None:
    world.services.evidence.delete_folder("releases/hpc-r2")


@pytest.mark.parametrize(
    "breaks",
    [
        a_front_door_that_is_stuck,
        a_table_that_takes_no_record,
        a_preview_that_cannot_be_closed,
        a_candidate_that_is_dead,
        evidence_that_is_gone,
    ],
)
def test_live_ends_thawed_whatever_breaks_on_the_way_back(
    breaks: Breaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    run = shifted(world)
    breaks(world, monkeypatch)
    with pytest.raises(Unhealthy):
        run.roll_back()
    assert not world.live.frozen


@pytest.mark.parametrize("breaks", [a_preview_that_cannot_be_closed, a_candidate_that_is_dead])
def test_users_are_back_whatever_breaks_after_that(
    breaks: Breaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    run = shifted(world)
    breaks(world, monkeypatch)
    with pytest.raises(Unhealthy):
        run.roll_back()
    assert world.users_are_on == "hpc-r1"
    assert world.live_on_record == ["hpc-r1"]


def test_a_way_back_that_was_interrupted_is_finished_by_the_next_try(monkeypatch) -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")

    def lost(*_: object) -> None:
        raise Transient("SSM is busy")

    with monkeypatch.context() as once:
        once.setattr(world.hosts, "_apply_delta", lost)
        with pytest.raises(Transient):
            run.roll_back()
    assert run.roll_back().returned == 1
    assert world.logs_in("mary", "Autumn_2021")
