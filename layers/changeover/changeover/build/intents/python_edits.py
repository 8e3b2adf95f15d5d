"""Edits of a Python file's text, placed by the positions of its syntax tree."""

import ast
from typing import Any

from changeover.build.intents.text_edits import NoAnchor, NoSetting
from changeover.build.parsing import quiet_parse


def set_python(text: str, name: str, value: Any) -> str:
    """Set a constant at module or class level. Raises NoSetting if it is not there."""
    tree = quiet_parse(text)
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    found = [node for body in bodies for node in body if name in _assigned(node)]
    if not found:
        raise NoSetting(f"there is no setting {name}")
    if len(found) > 1:
        raise NoAnchor(f"the setting {name} is there {len(found)} times")
    if len(_assigned(found[0])) > 1:
        raise NoAnchor(f"the setting {name} is set together with other names")
    node = getattr(found[0], "value", None)
    if not isinstance(node, ast.expr):
        raise NoAnchor(f"the setting {name} has no value")
    if isinstance(node, ast.Constant | ast.List | ast.Dict | ast.Tuple) and _same(node, value):
        return text
    lines = text.split("\n")
    start = _offset(lines, node.lineno, node.col_offset)
    end = _offset(lines, node.end_lineno or node.lineno, node.end_col_offset or 0)
    return text[:start] + repr(value) + text[end:]


def _assigned(node: ast.stmt) -> list[str]:
    """Return the names that a statement sets or adds to."""
    match node:
        case ast.Assign(targets=targets):
            return [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _same(node: ast.expr, value: Any) -> bool:
    """Whether the node is the value. To Python, 1 equals True; to a reader, it does not."""
    try:
        there = ast.literal_eval(node)
    except ValueError:
        return False
    return bool(there == value) and repr(there) == repr(value)


def _offset(lines: list[str], line: int, column: int) -> int:
    """Return the index in the text; ast counts columns in bytes."""
    before = sum(len(each) + 1 for each in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column].decode())


def insert_python(text: str, anchor: str, statement: str) -> str:
    """Insert a statement before the one assignment to the name `anchor`, at its indentation."""
    if statement in text:
        return text
    found = [
        node
        for node in ast.walk(quiet_parse(text))
        if isinstance(node, ast.Assign)
        and any(isinstance(each, ast.Name) and each.id == anchor for each in node.targets)
    ]
    if len(found) != 1:
        raise NoAnchor(f"there are {len(found)} assignments to {anchor}, not one")
    lines = text.split("\n")
    at = found[0].lineno - 1
    lines.insert(at, " " * found[0].col_offset + statement)
    return "\n".join(lines)


def insert_after_role(text: str, names: tuple[str, ...], statement: str) -> str:
    """Insert a statement after the one place where a CDK program makes the role.

    The role is assigned to a subscript with one of the names, as `resources["name"] = iam.Role(…)`.
    `statement` has `{}` for that subscript.
    """
    found = [
        node
        for node in ast.walk(quiet_parse(text))
        if isinstance(node, ast.Assign)
        and isinstance(target := node.targets[0], ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and target.slice.value in names
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "iam.Role"
    ]
    if len(found) != 1:
        raise NoAnchor(f"the CDK program makes {len(found)} roles {' or '.join(names)}, not one")
    line = statement.format(ast.unparse(found[0].targets[0]))
    if line in text:
        return text
    lines = text.split("\n")
    lines.insert(found[0].end_lineno or found[0].lineno, " " * found[0].col_offset + line)
    return "\n".join(lines)
