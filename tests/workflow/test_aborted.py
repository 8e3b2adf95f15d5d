"""An execution may be stopped between any two of its steps: nobody is left behind."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.support.world import CANDIDATE, LIVE, World
from tests.workflow.engine import TASKS, Ended, Engine
from tests.workflow.events import the_person_says_no
from tests.workflow.invariants import (
    completed,
    front_door,
    live_untouched,
    nobody_lost,
    one_live,
)
from tests.workflow.observer import Witness
from tests.workflow.secrets_scan import disclosed

EXECUTION = {
    "execution": "arn:aws:states:us-east-1:111122223333:execution:changeover-hpc-upgrade:run-1"
}
Goes = Callable[[Witness], object]

RUNS: dict[str, Goes] = {
    "completed": lambda _: None,
    "rolled back": Witness.the_candidate_falls_ill_under_its_users,
    "rejected": lambda witness: the_person_says_no(witness.engine),
}


def stopped(run: str) -> Iterator[tuple[str, Witness, Ended]]:
    """Such a run, stopped after its first step, after its second, and so on."""
    for after in itertools.count(1):
        witness = Witness()
        RUNS[run](witness)
        witness.engine.lasts = after
        ended = witness.run()
        if witness.engine.lasted <= after:
            return
        yield f"{after}. after {witness.engine.called[-1][0]}", witness, ended


def abort_run(engine: Engine) -> str:
    """As EventBridge has it done, once the execution has ended."""
    engine.lasts = float("inf")
    answer = engine.answer("abort_upgrade", EXECUTION | {"status": "ABORTED"})
    assert "FunctionError" not in answer, answer
    return str(answer["Payload"]["outcome"])


@pytest.mark.parametrize("run", RUNS)
def test_nobody_is_left_behind_wherever_a_run_was_stopped(run: str) -> None:
    said = {where: list(left_behind(witness, ended)) for where, witness, ended in stopped(run)}
    assert len(said) > len(TASKS) / 2
    assert {where: what for where, what in said.items() if what} == {}


def left_behind(witness: Witness, ended: Ended) -> Iterator[str]:
    world = witness.world
    if not abort_run(witness.engine):
        yield "nothing was done"
    yield from (*front_door(world), *one_live(world), *nobody_lost(witness))
    yield from disclosed(witness, ended)
    if not completed(world):
        yield from live_untouched(witness)
        if world.live.frozen or world.users_are_on != LIVE:
            yield f"users are on {world.users_are_on}, live is frozen: {world.live.frozen}"
        if "ended from outside" not in world.mails[-1][1]:
            yield "nobody was told"
    if world.lock_owner:
        yield f"the lock is held by {world.lock_owner}"
    if set(world.stacks.deleted) - {CANDIDATE}:
        yield f"stacks were deleted: {world.stacks.deleted}"


@pytest.mark.parametrize("run", RUNS)
def test_a_second_word_of_its_end_does_nothing(run: str) -> None:
    for where, witness, _ in stopped(run):
        abort_run(witness.engine)
        before = traces(witness.world)
        assert (where, abort_run(witness.engine)) == (where, "")
        assert (where, traces(witness.world)) == (where, before)


def traces(world: World) -> list[object]:
    return [
        world.front_door.actions(),
        world.services.releases.list_all("hpc"),
        list(world.mails),
        len(world.hosts.calls),
    ]


@pytest.mark.parametrize("run", RUNS)
def test_a_run_that_went_to_its_end_is_left_alone(run: str) -> None:
    witness = Witness()
    RUNS[run](witness)
    witness.run()
    mails = list(witness.world.mails)
    assert abort_run(witness.engine) == ""
    assert witness.world.mails == mails
