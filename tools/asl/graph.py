"""A definition as scopes of states and the arrows between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]
Definition = dict[str, Any]


@dataclass(frozen=True)
class Arrow:
    """A transition from a state to another. `assigned` are the variables that it sets."""

    origin: str
    kind: str
    target: str
    condition: str = ""
    assigned: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def caught(self) -> bool:
        return self.kind.startswith("Catch")


@dataclass(frozen=True)
class Scope:
    """The states of the machine, or of one branch. States can only name states of their scope."""

    place: str
    start: str
    states: Mapping[str, State]
    caught: bool


def scopes(
    body: Definition, place: str = "the machine", *, caught: bool = False
) -> Iterator[Scope]:
    """Yield the machine's states, then those of each branch at any depth."""
    yield Scope(place, body["StartAt"], body["States"], caught)
    for name, state in body["States"].items():
        for number, branch in enumerate(branches(state), 1):
            guarded = caught or catches_all(state)
            yield from scopes(branch, f"branch {number} of {name!r}", caught=guarded)


def branches(state: State) -> list[Definition]:
    return [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]


def arrows(scope: Scope) -> Iterator[Arrow]:
    for name, state in scope.states.items():
        yield from arrows_of(name, state)


def arrows_of(name: str, state: State) -> Iterator[Arrow]:
    own = state.get("Assign", {})
    if "Next" in state:
        yield Arrow(name, "Next", state["Next"], assigned=own)
    for number, choice in enumerate(state.get("Choices", []), 1):
        condition = choice.get("Condition", "")
        assigned = choice.get("Assign", {})
        yield Arrow(name, f"Choice {number}", choice["Next"], condition, assigned)
    if "Default" in state:
        yield Arrow(name, "Default", state["Default"], assigned=own)
    for catch in state.get("Catch", []):
        kind = f"Catch {', '.join(catch['ErrorEquals'])}"
        yield Arrow(name, kind, catch["Next"], assigned=catch.get("Assign", {}))


def catches_all(state: State) -> bool:
    return any("States.ALL" in catch["ErrorEquals"] for catch in state.get("Catch", []))
