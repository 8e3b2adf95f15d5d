"""Every way a run can go ends as it must, on the shipped definition with the shipped handlers."""

import pytest

from tests.support.world import CANDIDATE, LIVE
from tests.workflow import events
from tests.workflow.arrows import map_of, walked
from tests.workflow.engine import DEFINITION, Engine
from tests.workflow.scenarios import SCENARIOS, played, world

FAILING = [name for name in SCENARIOS if name not in ("completed", "build only")]
WITH_A_WAY_BACK = [
    "freeze fails",
    "shift does not take",
    "bake fails",
    "completing fails",
    "rolling back fails",
    "fetching fails",
    "returning fails",
]
NEVER_MOVED = ("refused", "discarded", "rejected", "built")
CALLING_FOR_A_PERSON = [
    "rolling back fails",
    "fetching fails",
    "thawing fails",
    "returning fails",
    "discarding fails",
    "build only, and discarding fails",
    "stack cannot be deleted",
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_ends_with_the_error_and_the_cause_it_has(name: str) -> None:
    ended = played(name).ended
    assert ended.error == SCENARIOS[name].error
    assert SCENARIOS[name].cause in ended.cause


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_goes_through_the_states_it_must(name: str) -> None:
    through = SCENARIOS[name].through
    assert played(name).ended.went_through(*through), played(name).ended.states
    assert played(name).ended.states[-1] == through[-1]


def test_a_build_only_run_deploys_nothing_and_tells_what_it_built() -> None:
    world = played("build only").world
    assert world.users_are_on == LIVE
    assert set(world.stacks.stacks) == {LIVE}
    assert not any(key.startswith("soca-installer") for key in world.evidence.objects)
    subject, text = world.mails[-1]
    assert subject == "hpc: release built, nothing was deployed"
    assert "1 applied, 1 action needed" in text
    assert "file:source/b: Nothing reads it. Move it." in text
    assert "s3://evidence/runs/run-1/build-report.html" in text


def test_only_a_completed_run_and_a_build_succeed() -> None:
    succeeded = [name for name in SCENARIOS if played(name).ended.status == "SUCCEEDED"]
    assert succeeded == ["completed", "build only"]


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "closing fails"])
def test_its_outcome_is_kept_and_told(name: str) -> None:
    world = played(name).world
    kept = world.services.evidence.read("runs/run-1/outcome.json").decode()
    assert f'"outcome":"{SCENARIOS[name].outcome}"' in kept
    assert f"The upgrade ended: {SCENARIOS[name].outcome}." in world.mails[-1][1]


@pytest.mark.parametrize(
    "name", [name for name in SCENARIOS if name not in ("locked", "closing fails")]
)
def test_its_lock_is_free(name: str) -> None:
    assert played(name).world.lock_owner == ""


def test_a_lock_that_somebody_else_holds_is_left_alone() -> None:
    assert played("locked").world.lock_owner == "somebody-else"


@pytest.mark.parametrize("name", [*FAILING[:-1]])
def test_users_are_on_live_unless_it_completed(name: str) -> None:
    if name != "rolling back fails":
        assert played(name).world.users_are_on == LIVE
        assert played(name).world.live_on_record == [LIVE]


def test_users_are_on_the_candidate_after_a_completed_run() -> None:
    world = played("completed").world
    assert world.users_are_on == CANDIDATE
    assert world.live_on_record == [CANDIDATE]
    assert world.logs_in("mary")


@pytest.mark.parametrize("name", [n for n, s in SCENARIOS.items() if s.outcome in NEVER_MOVED])
def test_a_run_that_ends_before_the_shift_never_touched_the_listener(name: str) -> None:
    assert set(played(name).world.front_door.sent) == {LIVE}


def test_a_run_whose_build_aws_lost_once_completes_with_the_second_one() -> None:
    engine = Engine(world())
    events.aws_loses_the_build(engine)
    assert engine.run().status == "SUCCEEDED"
    looked_at = [
        event["started"]["build"] for called, event in engine.called if called == "check_build"
    ]
    first, again = "changeover:hpc-r2-run-1", "changeover:again-hpc-r2-run-1"
    assert [*dict.fromkeys(looked_at)] == [first, again]
    assert engine.world.users_are_on == CANDIDATE


def test_a_failed_stack_never_touches_traffic() -> None:
    assert not played("stack fails").ended.went_through("Cut Over")


@pytest.mark.parametrize("name", WITH_A_WAY_BACK)
def test_live_is_thawed_after_the_way_back(name: str) -> None:
    assert not played(name).world.live.frozen


@pytest.mark.parametrize("name", CALLING_FOR_A_PERSON)
def test_a_way_back_that_fails_calls_for_a_person(name: str) -> None:
    assert played(name).world.mails[-1][0] == "hpc: a person must look at the upgrade"


def test_what_was_changed_on_both_releases_stays_as_live_has_it() -> None:
    assert played("returning fails").world.logs_in("mary", "Winter_2021", on=LIVE)


def test_every_arrow_of_the_definition_is_walked() -> None:
    drawn = map_of(DEFINITION)
    union = {arrow for name in SCENARIOS for arrow in walked(played(name).ended.events, drawn)}
    missed = [f"{a.origin} -{a.kind}-> {a.target}" for a in drawn.arrows - union]
    assert sorted(missed) == []
    assert len(union) == len(drawn.arrows)
