"""The rules for state machines. Each function yields the problems that it finds."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tools.asl.graph import Definition, State, arrows, branches, catches_all, scopes


def next_to_nowhere(definition: Definition) -> Iterator[str]:
    for scope in scopes(definition):
        if scope.start not in scope.states:
            yield f"{scope.place} starts at {scope.start!r}, which is unknown to it"
        for arrow in arrows(scope):
            if arrow.target not in scope.states:
                yield f"{arrow.origin!r} leads to {arrow.target!r}, unknown to {scope.place}"


def states_nobody_reaches(definition: Definition) -> Iterator[str]:
    for scope in scopes(definition):
        targets: dict[str, set[str]] = {name: set() for name in scope.states}
        for arrow in arrows(scope):
            targets[arrow.origin].add(arrow.target)
        reached, ahead = set[str](), {scope.start}
        while ahead:
            reached |= ahead
            ahead = set().union(*(targets.get(name, set()) for name in ahead)) - reached
        yield from (f"nothing leads to {name!r}" for name in scope.states if name not in reached)


def dead_ends(definition: Definition) -> Iterator[str]:
    for name, state in _states(definition):
        if state["Type"] == "Choice" and "Default" not in state:
            yield f"{name!r} has no Default for what nobody thought of"
        ends = state["Type"] in ("Choice", "Succeed", "Fail") or state.get("End")
        if not ends and "Next" not in state:
            yield f"{name!r} has neither Next nor End"


def names_that_stand_twice(definition: Definition) -> Iterator[str]:
    names = Counter(name for name, _ in _states(definition))
    yield from (f"{name!r} names {count} states" for name, count in names.items() if count > 1)


def variables_of_two_scopes(
    definition: Definition, around: frozenset[str] = frozenset()
) -> Iterator[str]:
    """AWS refuses a definition in which a branch assigns what a scope around it assigns.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html, Variable scope
    """
    states = definition["States"].values()
    own = frozenset(name for state in states for name in _assigned(state))
    for name in sorted(own & around):
        yield f"a branch assigns {name!r}, and so does a scope around it"
    for branch in chain.from_iterable(map(branches, states)):
        yield from variables_of_two_scopes(branch, own | around)


def _assigned(state: State) -> Iterator[str]:
    ways = (state, *state.get("Choices", []), *state.get("Catch", []))
    return chain.from_iterable(way.get("Assign", {}) for way in ways)


def careless_tasks(definition: Definition) -> Iterator[str]:
    for scope in scopes(definition):
        for name, state in scope.states.items():
            if state["Type"] != "Task":
                continue
            if "TimeoutSeconds" not in state:
                yield f"{name!r} has no TimeoutSeconds"
            if not (scope.caught or catches_all(state)):
                yield f"no Catch of States.ALL stands by {name!r} or the phase around it"
            yield from _careless_retry(name, state.get("Retry", []))


def _careless_retry(name: str, retry: list[dict[str, Any]]) -> Iterator[str]:
    if not retry:
        yield f"{name!r} has no Retry for passing faults"
    for each in retry:
        for error in {"States.ALL", "States.TaskFailed"} & set(each["ErrorEquals"]):
            yield f"{name!r} tries again after {error}, not only after passing faults"
        if each.get("JitterStrategy") != "FULL":
            yield f"{name!r} tries again without full jitter"


def policies_that_differ(definition: Definition) -> Iterator[str]:
    """Each Task has its own copy of the retry for transient errors. All copies must be equal."""
    policies = {
        name: state["Retry"][0]
        for name, state in _states(definition)
        if state["Type"] == "Task" and state.get("Retry")
    }
    first = next(iter(policies.items()), None)
    for name, policy in policies.items():
        if first and policy != first[1]:
            yield f"{name!r} tries again in another way than {first[0]!r}"


def operators_that_aws_lacks(definition: Definition) -> Iterator[str]:
    for text in _strings(definition):
        if text.startswith("{%"):
            without_words = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
            found = re.findall(r"\?\?|(?<!\()\?:", without_words)
            yield from (f"{operator} is unknown to JSONata 2.0.6: {text}" for operator in found)


def _states(definition: Definition) -> Iterator[tuple[str, State]]:
    return chain.from_iterable(scope.states.items() for scope in scopes(definition))


def _strings(node: object) -> Iterator[str]:
    match node:
        case str():
            yield node
        case dict():
            yield from chain.from_iterable(map(_strings, node.values()))
        case list():
            yield from chain.from_iterable(map(_strings, node))
