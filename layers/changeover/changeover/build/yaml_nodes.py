"""YAML nodes with their positions: a template is read as nodes and edited as text.

PyYAML's `compose` gives each node's position. An edit replaces, inserts or cuts text there. All
other bytes stay the vendor's.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

# SOCA's build script replaces these. `%` cannot start a YAML value.
_PLACEHOLDER = re.compile(r"%%\w+%%")


class PlainLoader(yaml.SafeLoader):
    """A loader without aliases: CloudFormation reads none, and a few can stand for gigabytes."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "it uses an alias (*name)", mark)
        return super().compose_node(parent, index)


@lru_cache(maxsize=64)
def composed(text: str) -> Node | None:
    """Return the root node of a document, or None if it is empty.

    Placeholders such as `%%BUCKET_NAME%%` are read as letters, so positions stay. Raises
    yaml.YAMLError.
    """
    masked = _PLACEHOLDER.sub(lambda found: "x" * len(found[0]), text)
    root: Node | None = yaml.compose(masked, Loader=PlainLoader)
    return root


def keys(node: Node | None) -> dict[str, tuple[ScalarNode, Node]]:
    """Return a mapping's key and value nodes by key, or nothing for another node."""
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: (key, value) for key, value in node.value if isinstance(key, ScalarNode)}


def get(node: Node | None, *path: str) -> Node | None:
    """Return the value node at the path of keys, or None."""
    for key in path:
        found = keys(node).get(key)
        node = found[1] if found else None
    return node


def items(node: Node | None) -> list[Node]:
    """Return the items of a sequence; a scalar counts as a sequence of one."""
    if isinstance(node, SequenceNode):
        return list(node.value)
    return [node] if isinstance(node, ScalarNode) else []


def scalar(node: Node | None) -> str:
    """Return an untagged scalar's text, otherwise an empty string."""
    if isinstance(node, ScalarNode) and not node.tag.startswith("!"):
        return str(node.value)
    return ""


def plain(node: Node | None) -> Any:
    """Return plain data. `!Ref X` becomes `{"Ref": "X"}`, as in a JSON template."""
    if isinstance(node, MappingNode):
        inner: Any = {key: plain(value) for key, (_, value) in keys(node).items()}
    elif isinstance(node, SequenceNode):
        inner = [plain(each) for each in node.value]
    elif isinstance(node, ScalarNode):
        inner = node.value
    else:
        return None
    if not node.tag.startswith("!"):
        return inner
    name = node.tag[1:]
    if name == "GetAtt" and isinstance(inner, str):
        inner = inner.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": inner}


def walk(node: Node | None) -> Iterator[Node]:
    """Yield the node and all nodes below it; keys are left out."""
    if node is None:
        return
    yield node
    children = node.value if isinstance(node, SequenceNode) else ()
    for child in children:
        yield from walk(child)
    for _, child in keys(node).values():
        yield from walk(child)


def doubled(node: Node | None) -> Iterator[ScalarNode]:
    """Yield each key that its mapping has already."""
    for each in walk(node):
        seen: set[str] = set()
        for key, _ in each.value if isinstance(each, MappingNode) else ():
            if isinstance(key, ScalarNode):
                if key.value in seen:
                    yield key
                seen.add(key.value)


def end_of(node: Node) -> int:
    """Return the index after the node's last character.

    The end mark of a block collection includes blank lines and comments after it.
    """
    if isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return end_of(last[1] if isinstance(node, MappingNode) else last)
    return int(node.end_mark.index)
