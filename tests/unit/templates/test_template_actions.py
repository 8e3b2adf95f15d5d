"""The functions are allowed what the adapters call, and nothing that they do not call."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.aws_calls import (
    ADAPTERS,
    SERVICES,
    actions,
    adapters,
    allowed_by,
    calls_in,
    constructors,
)
from tests.support.templates import STEPS, permissions


def needed() -> set[str]:
    modules = [ast.parse(path.read_text()) for path in ADAPTERS.glob("*.py")]
    return actions(call for module in modules for call in calls_in(module))


def allowed() -> set[str]:
    return allowed_by(statement for step in STEPS for statement in permissions(step))


def held_by(port: str) -> Iterator[str]:
    """Where its adapter keeps what it is given that is neither text nor patience: its clients."""
    for made in constructors(port):
        given = {each.arg: each.annotation for each in made.args.args}
        for node in ast.walk(made):
            match node:
                case ast.Assign(targets=[ast.Attribute(attr=attribute)], value=ast.Name(id=name)):
                    match given[name]:
                        case ast.Name(id="str" | "Polling"):
                            pass
                        case _:
                            yield attribute


def test_every_client_of_an_adapter_is_known() -> None:
    assert {client for port in adapters() for client in held_by(port)} == SERVICES.keys()


@pytest.mark.parametrize("port", adapters())
def test_no_adapter_gives_a_client_another_name(port: str) -> None:
    """A call is known by the client's own attribute before it, and would not be seen otherwise."""
    methods = [method for name, method in adapters()[port].items() if name != "__init__"]
    nodes = [node for method in methods for node in ast.walk(method)]
    before = [id(node.value) for node in nodes if isinstance(node, ast.Attribute)]
    clients = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr in SERVICES]
    assert [client.lineno for client in clients if id(client) not in before] == []


def test_what_adapters_call_is_allowed() -> None:
    assert needed() - allowed() == set()


def test_nothing_is_allowed_that_no_adapter_calls() -> None:
    assert allowed() - needed() == set()
