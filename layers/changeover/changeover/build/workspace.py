"""The templates of a stack while they are edited: each edit is remembered with its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from changeover.build.parsing import yaml_problem
from changeover.build.settings import BuildSettings
from changeover.build.template import Template
from changeover.build.tree import File, Tree
from changeover.build.yaml_nodes import composed, end_of, get, keys


class CannotRead(Exception):
    """A template of the stack is missing or is not valid YAML. The proof says which."""


@dataclass
class Place:
    """Where a text was changed: the line moves with later edits above it."""

    path: str
    line: int


@dataclass
class Workspace:
    """The stack's template and its nested templates, which edits change one by one."""

    settings: BuildSettings
    top: str
    texts: dict[str, str]
    places: list[Place] = field(default_factory=list)
    # What an operation derived instead of knowing it, as sentences: a person must look.
    derived: list[str] = field(default_factory=list)

    def template(self, path: str) -> Template:
        return Template(path, self.texts[path])

    @property
    def templates(self) -> tuple[Template, ...]:
        return tuple(self.template(path) for path in self.texts)

    def replace(self, path: str, start: int, end: int, text: str) -> None:
        """Replace the characters from `start` to `end`."""
        before = self.texts[path]
        line = before.count("\n", 0, start) + 1
        added = text.count("\n") - before.count("\n", start, end)
        for place in self.places:
            if place.path == path and place.line >= line:
                place.line += added
        self.texts[path] = before[:start] + text + before[end:]
        self.places.append(Place(path, line))

    def set_value(self, path: str, node: Node, value: str) -> None:
        """Replace a node by `value`, which is YAML of one line."""
        self.replace(path, node.start_mark.index, end_of(node), value)

    def insert_key(self, path: str, mapping: MappingNode, key: str, value: str) -> None:
        """Insert a key before the mapping's first key. `value` is YAML of one line."""
        start, indent = mapping.start_mark.index, " " * mapping.start_mark.column
        if mapping.flow_style:
            after = ", " if mapping.value else ""
            self.replace(path, start + 1, start + 1, f"{key}: {value}{after}")
        else:
            self.replace(path, start, start, f"{key}: {value}\n{indent}")

    def set_key(self, path: str, mapping: MappingNode, key: str, value: str) -> None:
        """Set a key's value, or insert the key."""
        found = get(mapping, key)
        if found is None:
            self.insert_key(path, mapping, key, value)
        else:
            self.set_value(path, found, value)

    def insert_block(self, path: str, mapping: MappingNode, block: str) -> None:
        """Insert lines before a mapping's first key, indented as it is."""
        start, indent = mapping.start_mark.index, " " * mapping.start_mark.column
        lines = [f"{indent}{line}" if line else "" for line in block.rstrip("\n").split("\n")]
        self.replace(path, start, start, "\n".join(lines).lstrip(" ") + f"\n\n{indent}")

    def add_item(self, path: str, sequence: SequenceNode, value: str) -> None:
        """Insert an item of one line at the sequence's start."""
        start, indent = sequence.start_mark.index, " " * sequence.start_mark.column
        if sequence.flow_style:
            after = ", " if sequence.value else ""
            self.replace(path, start + 1, start + 1, f"{value}{after}")
        else:
            self.replace(path, start, start, f"- {value}\n{indent}")

    def cut_key(self, path: str, mapping: MappingNode, key: str) -> None:
        """Remove a key with its value, by whole lines."""
        named, value = keys(mapping)[key]
        text = self.texts[path]
        start = text.rindex("\n", 0, named.start_mark.index) + 1
        end = text.find("\n", end_of_text(text, named, value))
        self.replace(path, start, len(text) if end < 0 else end + 1, "")

    def result(self, tree: Tree) -> dict[str, File]:
        """Return the tree with the edited templates."""
        edited = {
            path: File(text.encode(), tree[path].executable) for path, text in self.texts.items()
        }
        return {**tree, **edited}


def end_of_text(text: str, key: ScalarNode, value: Node) -> int:
    """Return the index after the last character of a key's value; a block scalar ends earlier."""
    start = key.start_mark.index
    return int(start) + len(text[start : end_of(value)].rstrip())


def open_workspace(tree: Tree, settings: BuildSettings) -> Workspace:
    """Read the stack's template and the nested templates that it names.

    A nested template that is missing is left to the proof. Raises CannotRead if the release has no
    such template, or if one of them is not valid YAML.
    """
    try:
        return _opened(tree, settings)
    except KeyError as error:
        raise CannotRead(f"the release has no template {error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CannotRead(f"a template of the stack{yaml_problem(error)}") from error


def _opened(tree: Tree, settings: BuildSettings) -> Workspace:
    top = f"source/{settings.template}"
    texts = {top: _text(tree, top)}
    for child in Template(top, texts[top]).children.values():
        if child in tree:
            texts.setdefault(child, _text(tree, child))
    for text in texts.values():
        composed(text)
    return Workspace(settings, top, texts)


def _text(tree: Mapping[str, File], path: str) -> str:
    return tree[path].data.decode()
