"""Check that each failing path ends in Fail, by walking all paths."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.asl.graph import Arrow, Definition, Scope, State, arrows_of, scopes

# A Choice that tests a variable which was set to a constant on the path.
COMPARISON = re.compile(r"\{%\s*\$(\w+) = '([^']*)'\s*%\}")

Variables = Mapping[str, Any]


def failures_that_end_well(definition: Definition) -> Iterator[str]:
    for scope in scopes(definition):
        ends = {(failed, end) for failed, end in _good_ends(scope) if failed}
        for failed, end in sorted(ends):
            yield f"{failed!r} can fail and the run still end well at {end!r}"


def _good_ends(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield each state that ends a path without Fail, and the state that failed first on it."""
    seen = set[str]()
    ahead: list[tuple[str, Variables, str]] = [(scope.start, {}, "")]
    while ahead:
        name, known, failed = ahead.pop()
        mark = json.dumps([name, known, failed], sort_keys=True)
        if mark in seen or name not in scope.states:
            continue
        seen.add(mark)
        state = scope.states[name]
        if state["Type"] == "Succeed" or state.get("End"):
            yield failed, name
        ahead += [
            (way.target, _known(known, way), failed or (name if way.caught else ""))
            for way in _open_ways(name, state, known)
        ]


def _known(before: Variables, arrow: Arrow) -> Variables:
    after = {**before, **arrow.assigned}
    return {name: value for name, value in after.items() if not str(value).startswith("{%")}


def _open_ways(name: str, state: State, known: Variables) -> Iterator[Arrow]:
    for arrow in arrows_of(name, state):
        asked = COMPARISON.fullmatch(arrow.condition)
        if asked is None or asked[1] not in known:
            yield arrow
        elif known[asked[1]] == asked[2]:
            yield arrow
            return
