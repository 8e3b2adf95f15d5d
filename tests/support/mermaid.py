"""Draws a state machine as a Mermaid flowchart: what the README shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

State = dict[str, Any]


def flowchart(definition: Path) -> str:
    """Phases are boxes around their states; dotted arrows are taken on an error."""
    machine = yaml.safe_load(definition.read_text())
    return "\n".join(("flowchart TD", *_machine(machine, "  ")))


def _machine(machine: State, indent: str) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield from (indent + line for line in _state(name, state))
    for name, state in machine["States"].items():
        yield from (indent + line for line in _arrows(name, state))


def _state(name: str, state: State) -> Iterator[str]:
    here = _id(name)
    match state["Type"]:
        case "Parallel":
            yield f"subgraph {here}[{name}]"
            for branch in state["Branches"]:
                yield from _machine(branch, "  ")
            yield "end"
        case "Choice":
            yield f"{here}{{{name}}}"
        case "Wait":
            yield f"{here}([{name}])"
        case "Succeed" | "Fail":
            yield f"{here}[[{name}]]"
        case _:
            yield f"{here}[{name}]"


def _arrows(name: str, state: State) -> Iterator[str]:
    here = _id(name)
    for choice in state.get("Choices", ()):
        yield f"{here} -->|yes| {_id(choice['Next'])}"
    if "Default" in state:
        yield f"{here} -->|no| {_id(state['Default'])}"
    if "Next" in state:
        yield f"{here} --> {_id(state['Next'])}"
    for next_state in dict.fromkeys(catch["Next"] for catch in state.get("Catch", ())):
        yield f"{here} -.->|error| {_id(next_state)}"


def _id(name: str) -> str:
    return name.replace(" ", "")
