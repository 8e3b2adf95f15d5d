"""SOCA's own source, where somebody has it: what its code asks of a directory, read as data."""

import ast
import os
import re
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

VARIABLE = "VENDOR_TREES"
"""An environment variable: the folder that has a sub-folder with the tree of each tag."""

_PLACES = (
    "source/soca/cluster_manager/web_interface",
    "source/soca/cluster_web_ui",
)


def tags() -> list[str]:
    folder = os.environ.get(VARIABLE)
    found = Path(folder).iterdir() if folder else ()
    return sorted(path.name for path in found if re.fullmatch(r"\d+\.\d+\.\d+", path.name))


class VendorTree:
    """The web interface of one release."""

    def __init__(self, tag: str) -> None:
        root = Path(os.environ[VARIABLE]) / tag
        self.web = next(root / place for place in _PLACES if (root / place / "config.py").exists())

    @cached_property
    def _api(self) -> Path:
        ldap = self.web / "api/v1/ldap"
        return ldap / "openldap" if (ldap / "openldap").is_dir() else ldap

    def method(self, file: str, name: str) -> ast.FunctionDef:
        tree = _parsed(self._api / f"{file}.py")
        return next(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == name
        )

    def lookups(self, file: str, **known: str) -> list[str]:
        """Filters that its GET searches an OpenLDAP with, made of what is `known`.

        They are what is assigned to a name that ends in `filter`, first where a branch chooses
        OpenLDAP, and what stands in a search itself.
        """
        own = self.method(file, "get")
        return [_text(node, known) for node in _filters(own)]

    def source(self, file: str, method: str) -> str:
        """Without comments and docstrings, in the one way Python writes it."""
        return ast.unparse(self.method(file, method))

    def setting(self, name: str) -> str:
        """A plain string of its configuration; empty if there is no such setting."""
        tree = _parsed(self.web / "config.py")
        return next(
            (
                str(ast.literal_eval(node.value))
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
            ),
            "",
        )


def _parsed(path: Path) -> ast.Module:
    """Written for an older Python, which does not warn of a needless backslash."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(path.read_text())


def _filters(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in _for_openldap(function.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.endswith("filter"):
                yield value
            case ast.Call(
                func=ast.Attribute(attr="search_s"), args=[_, _, ast.Constant() as value, *_]
            ):
                yield value


def _for_openldap(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes, but for what is done with another kind of directory."""
    for statement in body:
        match statement:
            case ast.If(test=test) if "openldap" in ast.unparse(test):
                yield from _for_openldap(statement.body)
            case ast.Try():
                yield from _for_openldap(statement.body)
            case _:
                yield from ast.walk(statement)


def _text(node: ast.expr, known: dict[str, str]) -> str:
    """A string that is a constant, an f-string or a sum of those."""
    if isinstance(node, ast.BinOp):
        return _text(node.left, known) + _text(node.right, known)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each, known) for each in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known)
    if isinstance(node, ast.Name):
        return known[node.id]
    return str(ast.literal_eval(node))
