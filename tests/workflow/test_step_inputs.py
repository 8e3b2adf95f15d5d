"""events/ holds what the state machine really hands to its functions."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.workflow.engine import ROOT, TASKS
from tests.workflow.scenarios import played

RUNS = ("completed", "bake fails", "rejected")


def shape(node: Any, place: str = "") -> Iterator[str]:
    """Every place in a document, and what kind of value stands there; one of a list's items."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from shape(value, f"{place}.{key}")
    elif isinstance(node, list) and node:
        yield from shape(node[0], f"{place}[]")
    else:
        yield f"{place}: {type(node).__name__}"


def handed_over(step: str) -> list[Any]:
    return [event for run in RUNS for called, event in played(run).called if called == step]


@pytest.mark.parametrize("step", TASKS)
def test_an_event_has_the_shape_of_what_is_handed_over(step: str) -> None:
    kept = json.loads((ROOT / "events" / f"{step}.json").read_text())
    shapes = [set(shape(event)) for event in handed_over(step)]
    assert set(shape(kept)) in shapes
