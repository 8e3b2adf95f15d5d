"""Draws a state machine as a Mermaid flowchart: the diagram in docs/workflow.md."""

import re
from collections.abc import Iterator, Sequence
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
    choices = state.get("Choices", ())
    for label, choice in zip(_labels(choices), choices, strict=True):
        yield f"{here} -->|{label}| {_id(choice['Next'])}"
    if "Default" in state:
        yield f"{here} -->|{'no' if len(choices) == 1 else 'otherwise'}| {_id(state['Default'])}"
    if "Next" in state:
        yield f"{here} --> {_id(state['Next'])}"
    for next_state in dict.fromkeys(catch["Next"] for catch in state.get("Catch", ())):
        yield f"{here} -.->|error| {_id(next_state)}"


def _labels(choices: Sequence[State]) -> list[str]:
    """Return one label per choice. A choice that is not alone is labeled by its condition."""
    if len(choices) == 1:
        return ["yes"]
    conditions = [choice["Condition"].strip("{% }") for choice in choices]
    short = [_short(condition) for condition in conditions]
    distinct = len({*short, "otherwise"}) == len(short) + 1
    return short if distinct else [f'"{each.replace(chr(34), chr(39))}"' for each in conditions]


def _short(condition: str) -> str:
    """Return the word that a variable is compared with, or else the first variable's name."""
    word = re.search(r"'([\w-]+)'", condition) or re.search(r"\$(\w+)(?![\w(])", condition)
    return word[1] if word else condition


def _id(name: str) -> str:
    return name.replace(" ", "")
