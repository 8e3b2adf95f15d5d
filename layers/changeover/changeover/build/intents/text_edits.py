"""Edits of one file's text. Each returns the new text, the same text, or raises NoAnchor."""

import json
import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node

from changeover.build.yaml_nodes import PlainLoader, end_of, get, keys, plain


class NoAnchor(Exception):
    """The place of an edit was not found, or is ambiguous. The message says what was looked for."""


class NoSetting(NoAnchor):
    """The file has no such setting."""


_JINJA = ("{{", "{%", "{#")


def has_jinja(text: str) -> bool:
    """Whether Jinja would read a part of the text, as in later releases' `.j2` files."""
    return any(each in text for each in _JINJA)


def refuse_jinja(text: str) -> None:
    if has_jinja(text):
        raise NoAnchor(f"Jinja would read a part of it: write it without {', '.join(_JINJA)}")


def set_yaml(text: str, path: list[str], value: Any) -> str:
    """Set the value at a path of keys. The mapping above it must be there."""
    root = _composed(text)
    above = get(root, *path[:-1])
    if not isinstance(above, MappingNode):
        raise NoSetting(f"there is no {'.'.join(path[:-1]) or 'mapping'}")
    there = get(above, path[-1])
    written = json.dumps(value, ensure_ascii=False)
    if there is None:
        return _with_key(text, above, f"{path[-1]}: {written}")
    if plain(there) == plain(_composed(written)):
        return text
    start, end = there.start_mark.index, end_of(there)
    before = "" if text[start - 1 : start].isspace() else " "  # an empty value begins at the colon
    after = "\n" if text[start:end].endswith("\n") else ""  # a block of text ends with its line
    changed = text[:start] + before + written + after + text[end:]
    if plain(get(_composed(changed), *path)) != plain(_composed(written)):
        raise NoAnchor(f"the value of {'.'.join(path)} is written in a form that is not known")
    return changed


def add_queue(text: str, name: str, like: str, settings: dict[str, Any]) -> str:
    """Add a queue type with another's settings and some of its own.

    Raises NoAnchor if the release has a queue type of that name with other settings.
    """
    types = get(_composed(text), "queue_type")
    if not isinstance(types, MappingNode):
        raise NoAnchor("there is no queue_type")
    own = {"queues": [name], **settings}
    if name in keys(types):
        there = keys(get(types, name))
        if all(key in there and _is(there[key][1], each) for key, each in own.items()):
            return text
        raise NoAnchor(f"the release has a queue type {name} already: change it with `set`")
    if like not in keys(types):
        raise NoAnchor(f"there is no queue type {like}: known are {', '.join(keys(types))}")
    copied = {key: _written(text, value) for key, (_, value) in keys(get(types, like)).items()}
    values = copied | {key: json.dumps(each, ensure_ascii=False) for key, each in own.items()}
    lines = [f"{name}:", *(f"  {key}: {each}" for key, each in values.items())]
    return _with_key(text, types, f"\n{' ' * types.start_mark.column}".join(lines))


def _is(node: Node, value: Any) -> bool:
    return bool(plain(node) == plain(_composed(json.dumps(value))))


def repeat_lines(text: str, pattern: str, old: str, new: str) -> str:
    """Repeat the lines that match, after the last of them, with `new` in place of `old`.

    `pattern` has `{}` for the word. Raises NoAnchor if no line matches.
    """
    lines = text.split("\n")
    if any(re.search(pattern.format(re.escape(new)), line) for line in lines):
        return text
    word = re.compile(pattern.format(re.escape(old)))
    numbers = [number for number, line in enumerate(lines) if word.search(line)]
    if not numbers:
        raise NoAnchor(f"no line is about {old}")
    as_word = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])")
    copies = [as_word.sub(new, lines[number]) for number in numbers]
    return "\n".join(lines[: numbers[-1] + 1] + copies + lines[numbers[-1] + 1 :])


def _written(text: str, value: Node) -> str:
    """Return a value as it is written, so that 50 stays a number; on one line in any case."""
    written = text[value.start_mark.index : end_of(value)]
    return json.dumps(plain(value)) if "\n" in written else written


QUEUE_LOOP = re.compile(
    r"^(?P<head>\s*for queue_name in )(?P<names>[\w -]+?)(?=\s*;)", re.MULTILINE
)


def add_to_loop(text: str, name: str) -> str:
    """Add a queue to the loop over queues' names that makes them."""
    found = QUEUE_LOOP.search(text)
    if not found:
        raise NoAnchor("there is no loop over queues' names")
    names = found["names"].split()
    if name in names:
        return text
    return text[: found.start()] + found["head"] + " ".join([*names, name]) + text[found.end() :]


def _with_key(text: str, mapping: MappingNode, lines: str) -> str:
    start, indent = mapping.start_mark.index, " " * mapping.start_mark.column
    if mapping.flow_style:
        return f"{text[: start + 1]}{lines}{', ' if mapping.value else ''}{text[start + 1 :]}"
    return f"{text[:start]}{lines}\n{indent}{text[start:]}"


def _composed(text: str) -> Any:
    try:
        return yaml.compose(text, Loader=PlainLoader)
    except yaml.YAMLError as error:
        raise NoAnchor(f"it is not valid YAML: {' '.join(str(error).split())}") from error


_HEREDOC = re.compile(
    r"^.*<<-?\s*['\"]?(?P<end>\w+)['\"]?.*queue_mapping\.yml.*\n(?P<body>(?:.*\n)*?)(?P=end)\s*$",
    re.MULTILINE,
)


def heredoc(text: str) -> tuple[int, int]:
    """Return start and end of the YAML that a script writes to queue_mapping.yml."""
    found = list(_HEREDOC.finditer(text))
    if len(found) != 1:
        raise NoAnchor(f"{len(found)} places write queue_mapping.yml, not one")
    return found[0].span("body")
