"""After every ending the next upgrade can begin, or says why it cannot."""

import pytest

from tests.workflow.engine import Engine
from tests.workflow.happenings import Happens
from tests.workflow.scenarios import SCENARIOS, world
from tests.world import LIVE, World

AT_ONCE = [
    "completed",
    "build fails",
    "stack fails",
    "import differs",
    "rejected",
    "silence",
    "freeze fails",
    "bake fails",
    "completing fails",
]


def after(happens: Happens) -> World:
    engine = Engine(world())
    happens(engine)
    engine.run()
    mended = engine.world
    mended.builds.ends = world().builds.ends
    mended.stacks.create_ends = "CREATE_COMPLETE"
    return mended


@pytest.mark.parametrize("name", AT_ONCE)
def test_the_next_upgrade_completes_after(name: str) -> None:
    mended = after(SCENARIOS[name].happens)
    ended = Engine(mended).run(name="run-2")
    assert (ended.status, ended.cause) == ("SUCCEEDED", "")
    assert mended.live_on_record == ["hpc-r3"]
    assert mended.users_are_on == "hpc-r3"
    assert mended.logs_in("mary")


def test_after_a_way_back_that_failed_nothing_starts_before_a_person_looked() -> None:
    ended = Engine(after(SCENARIOS["rolling back fails"].happens)).run(name="run-2")
    assert "the front door does not send its users there" in ended.cause


def test_a_lock_that_could_not_be_freed_holds_until_it_expires() -> None:
    mended = after(SCENARIOS["closing fails"].happens)
    assert "cluster hpc is locked by" in Engine(mended).run(name="run-2").cause
    mended.clock.advance(days=7)
    assert Engine(mended).run(name="run-3").status == "SUCCEEDED"


def test_a_run_that_lost_its_lock_can_no_longer_change_anything() -> None:
    engine = Engine(world())

    def taken_over() -> None:
        engine.world.clock.advance(days=7)
        now = engine.world.clock.now()
        engine.world.services.releases.acquire("hpc", "another run", now, now)

    engine.meanwhile["freeze_directory"] = taken_over
    ended = engine.run()
    assert "fence" in ended.cause
    assert "a person must look" in engine.world.mails[-1][0]
    assert engine.world.lock_owner == "another run"
    assert engine.world.users_are_on == LIVE
    assert not engine.world.live.frozen
    assert engine.world.stacks.deleted == []
