"""Every fault at every task, and every invariant after each."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.workflow import faults
from tests.workflow.engine import TASKS
from tests.workflow.happenings import the_person_says_no
from tests.workflow.invariants import broken, completed
from tests.workflow.witness import Witness


def ill_after_the_shift(witness: Witness) -> None:
    def fall_ill() -> None:
        witness.jdoe_changes_his_password()
        witness.world.candidate.lacks.add("login")

    witness.engine.meanwhile["watch_candidate"] = fall_ill


# What must happen first so that a run comes to these tasks at all.
LEADING_TO: dict[str, Callable[[Witness], None]] = {
    "roll_back": ill_after_the_shift,
    "discard_candidate": lambda witness: the_person_says_no(witness.engine),
    "check_discard": lambda witness: the_person_says_no(witness.engine),
}


@pytest.mark.parametrize("fault", faults.every())
@pytest.mark.parametrize("task", TASKS)
def test_all_invariants_hold_when(task: str, fault: str) -> None:
    witness = Witness()
    LEADING_TO.get(task, lambda _: None)(witness)
    witness.engine.faults[task] = faults.every()[fault]
    ended = witness.run()
    assert task in [called for called, _ in witness.engine.called]
    assert broken(witness, ended) == []


@pytest.mark.parametrize("works", [False, True], ids=["in vain", "and works"])
@pytest.mark.parametrize("task", TASKS)
def test_all_invariants_hold_whichever_call_to_a_neighbour_fails(task: str, works: bool) -> None:
    said: dict[str, list[str]] = {}
    for number in itertools.count(1):
        witness = Witness()
        LEADING_TO.get(task, lambda _: None)(witness)
        fault = witness.engine.neighbours[task] = faults.BrokenAt(number, works=works)
        ended = witness.run()
        if not fault.refused:
            break
        said[f"{number}. {fault.refused}"] = [*broken(witness, ended), *frozen(witness, fault)]
    assert {call: what for call, what in said.items() if what} == {}


def frozen(witness: Witness, fault: faults.BrokenAt) -> Iterator[str]:
    """Live can be changed again, unless it was the thaw that failed, or the lock is another's."""
    excused = "thaw_directory" in fault.refused or "assert_held" in fault.refused
    if witness.world.live.frozen and not completed(witness.world) and not excused:
        yield "live is still read-only"
