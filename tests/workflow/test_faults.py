"""Every fault at every task, and every invariant after each."""

import itertools
from collections.abc import Callable

import pytest

from tests.workflow import faults
from tests.workflow.engine import TASKS
from tests.workflow.happenings import live_cannot_be_frozen, the_person_says_no
from tests.workflow.invariants import broken
from tests.workflow.witness import Witness

Leads = Callable[[Witness], object]


def straight_on(_: Witness) -> None:
    pass


def users_had_moved(witness: Witness) -> None:
    witness.the_candidate_falls_ill_under_its_users()


def users_had_not_moved(witness: Witness) -> None:
    live_cannot_be_frozen(witness.engine)


def the_answer_is_no(witness: Witness) -> None:
    the_person_says_no(witness.engine)


# What must happen first so that a run comes to these tasks at all.
LEADING_TO: dict[str, tuple[Leads, ...]] = {
    "roll_back": (users_had_moved, users_had_not_moved),
    "fetch_changes": (users_had_moved,),
    "thaw_directory": (users_had_moved, users_had_not_moved),
    "return_changes": (users_had_moved,),
    "discard_candidate": (the_answer_is_no,),
    "check_discard": (the_answer_is_no,),
}
WAYS = [
    pytest.param(task, leads, id=f"{task}-{leads.__name__}")
    for task in TASKS
    for leads in LEADING_TO.get(task, (straight_on,))
]


@pytest.mark.parametrize("fault", faults.every())
@pytest.mark.parametrize(("task", "leads"), WAYS)
def test_all_invariants_hold_when(task: str, leads: Leads, fault: str) -> None:
    witness = Witness()
    leads(witness)
    witness.engine.faults[task] = faults.every()[fault]
    ended = witness.run()
    assert task in [called for called, _ in witness.engine.called]
    assert broken(witness, ended) == []


@pytest.mark.parametrize("how", faults.How)
@pytest.mark.parametrize(("task", "leads"), WAYS)
def test_all_invariants_hold_whichever_call_to_a_neighbour(
    task: str, leads: Leads, how: faults.How
) -> None:
    said: dict[str, list[str]] = {}
    for number in itertools.count(1):
        witness = Witness()
        leads(witness)
        fault = witness.engine.neighbours[task] = faults.BrokenAt(number, how)
        ended = witness.run()
        if not fault.refused:
            break
        said[f"{number}. {fault.refused}"] = broken(witness, ended)
    assert said
    assert {call: what for call, what in said.items() if what} == {}
