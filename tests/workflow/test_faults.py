"""Every fault at every task, and every invariant after each."""

import itertools
from collections.abc import Iterator

import pytest

from tests.workflow import faults
from tests.workflow.invariants import broken
from tests.workflow.observer import Witness
from tests.workflow.paths import WAYS, Leads


@pytest.mark.parametrize("fault", faults.every())
@pytest.mark.parametrize(("task", "leads"), WAYS)
def test_all_invariants_hold_when(task: str, leads: Leads, fault: str) -> None:
    witness = Witness()
    leads(witness)
    witness.engine.faults[task] = faults.every()[fault]
    ended = witness.run()
    assert task in [called for called, _ in witness.engine.called]
    assert broken(witness, ended) == []


@pytest.mark.parametrize(("task", "leads"), WAYS)
def test_all_invariants_hold_whichever_call_to_a_neighbor_breaks(task: str, leads: Leads) -> None:
    """Each call in one way; the next call in the next way."""
    all_hold_when_calls_break(task, leads, itertools.cycle(faults.How))


@pytest.mark.long
@pytest.mark.parametrize("how", faults.How)
@pytest.mark.parametrize(("task", "leads"), WAYS)
def test_all_invariants_hold_whichever_call_to_a_neighbor(
    task: str, leads: Leads, how: faults.How
) -> None:
    all_hold_when_calls_break(task, leads, itertools.repeat(how))


def all_hold_when_calls_break(task: str, leads: Leads, ways: Iterator[faults.How]) -> None:
    said: dict[str, list[str]] = {}
    for number, how in enumerate(ways, 1):
        witness = Witness()
        leads(witness)
        fault = witness.engine.neighbors[task] = faults.BrokenAt(number, how)
        ended = witness.run()
        if not fault.refused:
            break
        said[f"{number}. {fault.refused} {how}"] = broken(witness, ended)
    assert said
    assert {call: what for call, what in said.items() if what} == {}
