"""Which methods of which neighbors a step may come to ask, read from the code.

It says too much rather than too little: whatever a step's code names counts as done, in whichever
case it would be done, and so on through all that is named in turn.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.support.aws_calls import adapters
from tests.support.templates import ROOT

LAYER = ROOT / "layers/changeover"
# What surrounds a step, and what a neighbor is: neither asks anything.
NOT_READ = {LAYER / "changeover/runtime.py", LAYER / "changeover/ports/services.py"}

Asked = tuple[str, str]
"""A port, and its method."""
Named = tuple[Path, str]
"""What a module calls so: of its own, or taken from another."""


@dataclass
class Module:
    """What it says under each name, and where it has the other names from."""

    own: dict[str, ast.AST] = field(default_factory=dict)
    taken: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def asked(step: str) -> frozenset[Asked]:
    reached, new = set[Named](), {(ROOT / "functions" / step / "app.py", "handler")}
    while new:
        reached |= new
        new = {named for path, name in new for named in _names(path, name)} - reached
    return frozenset(
        each for path, name in reached for each in _ports_in(_module(path).own.get(name))
    )


def _ports_in(node: ast.AST | None) -> Iterator[Asked]:
    """`services.evidence.read`, and `evidence.read` where somebody was handed it.

    A neighbor is handed on under its own name only, everywhere.
    """
    for part in ast.walk(node) if node else ():
        match part:
            case ast.Attribute(attr=method, value=ast.Name(id=port) | ast.Attribute(attr=port)):
                if method in adapters().get(port, {}):
                    yield port, method


def _names(path: Path, name: str) -> Iterator[Named]:
    module = _module(path)
    if name not in module.own:
        yield from _origin(module, name)
        return
    for part in ast.walk(module.own[name]):
        match part:
            case ast.Name(id=other) if other in module.own:
                yield path, other
            case ast.Name(id=other):
                yield from _origin(module, other)
            case ast.Attribute(value=ast.Name(id=other), attr=attribute):
                yield from _origin(module, other, attribute)


def _origin(module: Module, name: str, attribute: str = "") -> Iterator[Named]:
    """Where a name comes from; for a module's, where its attribute is said."""
    package, taken = module.taken.get(name, ("", ""))
    behind, source = _source(f"{package}.{taken}"), _source(package)
    if behind and attribute:
        yield behind, attribute
    elif source and not behind:
        yield source, taken


@cache
def _source(dotted: str) -> Path | None:
    path = LAYER.joinpath(*dotted.split("."))
    here = [path.with_suffix(".py"), path / "__init__.py"]
    ours = dotted.startswith("changeover.") and not dotted.startswith("changeover.adapters")
    return next((each for each in here if ours and each.is_file() and each not in NOT_READ), None)


@cache
def _module(path: Path) -> Module:
    module = Module()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                module.own[name] = node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                module.own[name] = node
            case ast.ImportFrom(module=str(package), names=names):
                module.taken |= {each.asname or each.name: (package, each.name) for each in names}
    return module
