"""After every ending the next upgrade can begin, or says why it cannot."""

from datetime import timedelta

import pytest

from changeover.errors import Conflict
from tests.support.browser import link_in
from tests.support.world import CANDIDATE, LIVE, World
from tests.workflow.engine import JSON, Engine, Invoke, Killed
from tests.workflow.events import Happens
from tests.workflow.scenarios import SCENARIOS, world

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
    assert "the load balancer's listener rule does not send users to it" in ended.cause


def test_a_lock_that_could_not_be_freed_holds_until_it_expires() -> None:
    mended = after(SCENARIOS["closing fails"].happens)
    assert "cluster hpc is locked by" in Engine(mended).run(name="run-2").cause
    mended.clock.advance(days=7)
    assert Engine(mended).run(name="run-3").status == "SUCCEEDED"


def another_takes_the_lock(world: World) -> None:
    world.clock.advance(days=7)
    now = world.clock.now()
    world.services.releases.acquire("hpc", "another run", now, now + timedelta(days=1))


@pytest.mark.parametrize("step", ["freeze_directory", "shift_traffic", "watch_candidate"])
def test_while_another_run_holds_the_lock_nothing_changes_and_a_person_is_called(step: str) -> None:
    engine = Engine(world())
    engine.meanwhile[step] = lambda: another_takes_the_lock(engine.world)
    found: list[object] = []
    engine.meanwhile["roll_back"] = lambda: found.extend(traces(engine.world))
    ended = engine.run()
    assert "another run holds the lock of hpc" in ended.cause
    assert "a person must look" in engine.world.mails[-1][0]
    assert engine.world.lock_owner == "another run"
    assert found
    assert traces(engine.world) == found
    assert engine.world.stacks.deleted == []


def traces(world: World) -> list[object]:
    """What a run can change that others rely on."""
    return [
        world.front_door.actions(),
        world.services.releases.list_all("hpc"),
        (world.live.frozen, world.candidate.frozen),
        (dict(world.live.directory), dict(world.candidate.directory)),
    ]


@pytest.mark.parametrize("step", ["freeze_directory", "shift_traffic", "watch_candidate"])
def test_a_lock_that_another_run_has_freed_again_leads_back_all_the_same(step: str) -> None:
    engine = Engine(world())

    def come_and_go() -> None:
        another_takes_the_lock(engine.world)
        engine.world.services.releases.free("hpc", "another run")
        engine.world.hosts.of(CANDIDATE).lacks.add("login")

    engine.meanwhile[step] = come_and_go
    ended = engine.run()
    assert ended.went_through("Roll Back", "Thaw Directory", "Is Way Back Clear", "Upgrade Failed")
    assert "a person must look" in engine.world.mails[-1][0]
    assert engine.world.users_are_on == LIVE
    assert not engine.world.live.frozen
    assert engine.world.lock_owner == ""
    assert engine.world.stacks.deleted == []


def test_a_run_that_was_redriven_goes_back_before_it_freezes_anything() -> None:
    engine = Engine(world())
    engine.redrives = 1
    ended = engine.run()
    assert "this execution was redriven, and an approval counts for one attempt" in ended.cause
    assert ended.went_through("Freeze Directory", "Had Users Moved", "Discard Candidate")
    assert "freeze_directory" not in engine.world.hosts.documents_run("i-live")
    assert engine.world.users_are_on == LIVE


def test_a_run_that_comes_to_its_freeze_long_after_the_yes_goes_back() -> None:
    engine = Engine(world())
    engine.meanwhile["freeze_directory"] = lambda: engine.world.clock.advance(days=1, hours=1)
    ended = engine.run()
    assert "the approval is too old" in ended.cause
    assert "freeze_directory" not in engine.world.hosts.documents_run("i-live")
    assert engine.world.users_are_on == LIVE


def test_a_yes_that_did_not_reach_the_run_reaches_it_when_it_is_sent_again() -> None:
    engine = Engine(world())
    engine.approver = lambda: the_yes_is_lost_and_sent_again(engine.world)
    assert engine.run().status == "SUCCEEDED"


def the_yes_is_lost_and_sent_again(world: World) -> None:
    callbacks = world.services.callbacks
    waiting, callbacks.waiting = callbacks.waiting, set()
    assert world.answers("approved")["statusCode"] == 409
    callbacks.waiting = waiting
    _, mail = next(mail for mail in world.mails if "Approve" in mail[0])
    assert "was approved by Ada" in world.browse("GET", link_in(mail))["body"]
    assert world.answers("approved")["statusCode"] == 200


def test_a_freeze_that_everybody_gave_up_on_does_not_freeze_live_after_the_way_back() -> None:
    engine = Engine(world())
    late: list[Invoke] = []

    def hangs(invoke: Invoke) -> JSON:
        late.append(invoke)
        raise Killed

    def goes_on() -> None:
        with pytest.raises(Conflict, match="the run is rolling back"):
            late.pop()()

    engine.faults["freeze_directory"] = hangs
    engine.meanwhile["discard_candidate"] = goes_on
    ended = engine.run()
    assert "Task timed out" in ended.cause
    assert late == []
    assert not engine.world.live.frozen
    assert "freeze_directory" not in engine.world.hosts.documents_run("i-live")
