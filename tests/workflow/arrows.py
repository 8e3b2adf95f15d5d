"""Which arrows of the definition a run has walked, read off its history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tools.asl.graph import Arrow, Definition, arrows, scopes

Event = dict[str, Any]


@dataclass(frozen=True)
class Map:
    """All arrows of a definition: those that start the machine or a branch, and the others."""

    starts: Mapping[str, Arrow]
    following: frozenset[Arrow]

    @property
    def arrows(self) -> frozenset[Arrow]:
        return self.following | frozenset(self.starts.values())


def map_of(definition: Definition) -> Map:
    return Map(
        {each.place: Arrow(each.place, "StartAt", each.start) for each in scopes(definition)},
        frozenset(arrow for each in scopes(definition) for arrow in arrows(each)),
    )


def walked(events: list[Event], on: Map) -> Iterator[Arrow]:
    """Whatever starts the machine or a branch, and whatever leads from one state to another."""
    left, error = "", ""
    for before, event in pairwise(events):
        kind = str(event["type"].value)
        name = _name(event)
        if kind.endswith("StateExited"):
            left, error = name, _failure(before)
        elif kind.endswith("StateEntered") and before["type"] == "ExecutionStarted":
            yield on.starts["the machine"]
        elif kind.endswith("StateEntered") and before["type"] == "ParallelStateStarted":
            yield next(start for start in on.starts.values() if start.target == name)
        elif kind.endswith("StateEntered"):
            yield _arrow(on, left, name, error)


def _arrow(on: Map, origin: str, target: str, error: str) -> Arrow:
    ways = [way for way in on.following if (way.origin, way.target) == (origin, target)]
    if not error:
        (way,) = (way for way in ways if not way.caught)
        return way
    caught = {way.kind.removeprefix("Catch "): way for way in ways if way.caught}
    return caught.get(error) or caught["States.ALL"]


def _failure(event: Event) -> str:
    """The error that a state was left with; empty when it was left well."""
    failed = {"TaskFailed", "TaskTimedOut", "ParallelStateFailed"}
    return str(_details(event).get("error", "a branch's")) if event["type"] in failed else ""


def _name(event: Event) -> str:
    return str(_details(event).get("name", ""))


def _details(event: Event) -> dict[str, Any]:
    return next((value for key, value in event.items() if key.endswith("Details")), {})
