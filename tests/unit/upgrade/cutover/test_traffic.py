"""Freeze, prove, shift once, watch: users go only where everybody is."""

import pytest

from changeover.errors import Conflict, Transient, Unhealthy
from changeover.soca.dialect import SOCA_24_10
from changeover.upgrade.cutover.freeze import FrozenDirectory, WritableDirectory
from tests.support.fakes import CLOSED
from tests.support.run import Run
from tests.support.skip_preflight import UnguardedRun
from tests.support.world import World

SITE = SOCA_24_10.at("dc=site,dc=org")


def approved(world: World) -> Run:
    return Run(world).through("approve")


def frozen(world: World) -> Run:
    return Run(world).through("freeze_directory")


# Shift Traffic


def test_one_call_sends_everybody_over_and_keeps_live_warm() -> None:
    world = World()
    run = frozen(world)
    run.shift_traffic()
    assert world.users_are_on == "hpc-r2"
    assert world.front_door.weights()[run.plan.live.target_group] == 0


def test_how_long_live_was_frozen_is_measured() -> None:
    world = World()
    run = frozen(world)
    world.clock.advance(seconds=2.5)
    assert run.shift_traffic().freeze_seconds == 2.5


def test_it_is_on_record_that_users_are_sent_before_they_are() -> None:
    world = World()
    run = frozen(world)
    world.front_door.stuck = True
    with pytest.raises(Unhealthy, match="does not show what it was told"):
        run.shift_traffic()
    assert world.services.releases.get("hpc", "hpc-r2").served_users
    assert world.users_are_on == "hpc-r1"


def test_shifting_again_shifts_nothing() -> None:
    world = World()
    run = frozen(world)
    run.shift_traffic()
    world.front_door.stuck = True
    run.shift_traffic()
    assert world.users_are_on == "hpc-r2"


def test_a_listener_that_somebody_changed_is_not_shifted() -> None:
    world = World()
    run = frozen(world)
    theirs = {run.plan.live.target_group: 50, world.front_door.target_group_arn("theirs"): 50}
    world.front_door.forward(theirs)
    with pytest.raises(Conflict, match="somebody changed the load balancer's listener rule"):
        run.shift_traffic()
    assert world.front_door.weights() == theirs


def test_users_are_not_sent_to_a_candidate_that_is_ill() -> None:
    world = World()
    run = frozen(world)
    world.candidate.lacks.add("ping")
    with pytest.raises(Unhealthy, match="hpc-r2 cannot take users: .* unhealthy"):
        run.shift_traffic()
    assert world.users_are_on == "hpc-r1"
    assert not world.services.releases.get("hpc", "hpc-r2").served_users


def test_nobody_is_sent_without_the_lock() -> None:
    world = World()
    run = frozen(world)
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.shift_traffic()
    assert world.users_are_on == "hpc-r1"


def test_a_record_that_cannot_be_written_keeps_users_where_they_are(monkeypatch) -> None:
    world = World()
    run = frozen(world)

    def busy(*_: object) -> None:
        raise Transient("DynamoDB is busy")

    monkeypatch.setattr(world.services.releases, "record", busy)
    with pytest.raises(Transient):
        run.shift_traffic()
    assert world.users_are_on == "hpc-r1"


# Watch Candidate


def test_a_candidate_is_watched_until_it_has_baked() -> None:
    world = World()
    run = Run(world).through("shift_traffic")
    assert not run.watch_candidate().over
    world.clock.advance(seconds=run.plan.configuration.traffic.bake_seconds)
    watched = run.watch_candidate()
    assert (watched.over, watched.detail) == (True, "healthy for 1800 s")


@pytest.mark.parametrize("lost", ["ping", "login", "scheduler"])
def test_a_candidate_that_fails_under_its_users_is_no_good(lost: str) -> None:
    world = World()
    run = Run(world).through("shift_traffic")
    world.candidate.lacks.add(lost)
    with pytest.raises(Unhealthy, match="hpc-r2 fails under its users"):
        run.watch_candidate()


def test_a_candidate_that_answers_no_more_is_no_good() -> None:
    world = World()
    run = Run(world).through("shift_traffic")
    world.hosts.dead.add("i-hpc-r2")
    with pytest.raises(Unhealthy, match="probe_release on i-hpc-r2 did not end"):
        run.watch_candidate()


# Who may shift: a direct invocation of the function proves nothing by itself


def moves_nobody(world: World, run: Run) -> str:
    with pytest.raises((Conflict, Unhealthy)) as refused:
        run.shift_traffic()
    assert world.users_are_on == "hpc-r1"
    assert not world.services.releases.get("hpc", "hpc-r2").served_users
    return str(refused.value)


def test_nobody_is_sent_while_the_approver_is_asked() -> None:
    world = World()
    run = Run(world).through("await_approval")
    run.frozen = FrozenDirectory(frozen_at=world.clock.now())
    assert "no approval is on record for this run" in moves_nobody(world, run)


def test_nobody_is_sent_after_a_no() -> None:
    world = World()
    run = Run(world).through("await_approval")
    world.answers("rejected")
    run.frozen = FrozenDirectory(frozen_at=world.clock.now())
    assert "no approval is on record for this run" in moves_nobody(world, run)


def test_nobody_is_sent_before_live_was_frozen_and_the_candidate_proved() -> None:
    world = World()
    run = approved(world)
    run.frozen = FrozenDirectory(frozen_at=world.clock.now())
    assert "stored no proof for hpc-r2" in moves_nobody(world, run)


def test_nobody_is_sent_by_a_shared_directory_that_was_not_proved_once_more() -> None:
    world = World(speaking=(SITE, SITE), site="9f1c-aa")
    run = UnguardedRun(world).through("approve")
    run.frozen = WritableDirectory()
    assert "stored no proof for hpc-r2" in moves_nobody(world, run)
    run.freeze_directory()
    run.shift_traffic()
    assert world.users_are_on == "hpc-r2"


def test_nobody_is_sent_on_an_approval_of_other_evidence() -> None:
    world = World()
    run = frozen(world)
    written = world.evidence.objects[run.validated.evidence_key]
    changed = written.replace(b"hpc-r2", b"hpc-r9")
    world.evidence.objects[run.validated.evidence_key] = changed
    assert "the evidence is not the one that was approved" in moves_nobody(world, run)


def test_nobody_is_sent_once_the_approval_is_too_old() -> None:
    world = World()
    run = frozen(world)
    world.clock.advance(days=2)
    assert "the approval is too old" in moves_nobody(world, run)


def test_nobody_is_sent_once_the_run_has_turned_back() -> None:
    world = World()
    run = frozen(world)
    run.way_back()
    assert "the run is rolling back" in moves_nobody(world, run)


@pytest.mark.parametrize(
    "forged", [{"candidate": "hpc-r7"}, {"saved_actions": "[]"}, {"image": "ami-0fedcba9876543210"}]
)
def test_nobody_is_sent_by_a_plan_that_nobody_made(forged: dict[str, str]) -> None:
    world = World()
    run = frozen(world)
    run.plan = run.plan.model_copy(update=forged)
    assert "not the stored plan of run" in moves_nobody(world, run)


def test_another_rule_that_takes_every_user_is_noticed_before_the_shift() -> None:
    world = World()
    run = frozen(world)
    world.front_door.shadow = [CLOSED]
    with pytest.raises(Conflict, match="somebody changed the load balancer's listener rule"):
        run.shift_traffic()
