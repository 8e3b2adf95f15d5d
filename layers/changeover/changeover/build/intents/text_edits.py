"""Edits of one file's text. Each returns the new text, the same text, or raises NoAnchor."""

import json
import re
import shlex
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node

from changeover.build.yaml_nodes import PlainLoader, end_of, get, keys, plain


class NoAnchor(Exception):
    """The place of an edit was not found, or is ambiguous. The message says what was looked for."""


class NoSetting(NoAnchor):
    """The file has no such setting."""


def set_shell(text: str, name: str, value: Any) -> str:
    """Set a shell variable that is assigned once at a line's begin."""
    value_form = r"""("[^"\n]*"|'[^'\n]*'|[^\s#]*)"""
    found = list(re.finditer(rf"^{re.escape(name)}={value_form}", text, re.MULTILINE))
    if not found:
        raise NoSetting(f"there is no variable {name}")
    if len(found) > 1:
        raise NoAnchor(f"the variable {name} is assigned {len(found)} times")
    start, end = found[0].span(1)
    if _words(text[start:end]) == [str(value)]:
        return text
    return text[:start] + shlex.quote(str(value)) + text[end:]


def add_to_array(text: str, name: str, values: list[str]) -> str:
    """Add words to a shell array such as `NAME=( a b )`; words that it has stay."""
    found = list(re.finditer(rf"^{re.escape(name)}=\(([^)]*)\)", text, re.MULTILINE))
    if len(found) != 1:
        raise NoAnchor(f"there are {len(found)} arrays {name}, not one")
    start, end = found[0].span(1)
    there = _words(text[start:end])
    new = [shlex.quote(each) for each in values if each not in there]
    if not new:
        return text
    body = text[start:end].rstrip()
    indent = re.search(r"\n([ \t]*)\S", body)
    by = f"\n{indent[1]}" if indent else " "
    tail = "\n" if indent else " "
    return text[:start] + body + "".join(f"{by}{each}" for each in new) + tail + text[end:]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []


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
    return text[: there.start_mark.index] + written + text[end_of(there) :]


def add_queue(text: str, name: str, like: str, settings: dict[str, Any]) -> str:
    """Add a queue type with another's settings and some of its own."""
    types = get(_composed(text), "queue_type")
    if not isinstance(types, MappingNode):
        raise NoAnchor("there is no queue_type")
    if name in keys(types):
        return text
    if like not in keys(types):
        raise NoAnchor(f"there is no queue type {like}: known are {', '.join(keys(types))}")
    copied = {key: _written(text, value) for key, (_, value) in keys(get(types, like)).items()}
    own = {"queues": [name], **settings}
    values = copied | {key: json.dumps(each, ensure_ascii=False) for key, each in own.items()}
    lines = [f"{name}:", *(f"  {key}: {each}" for key, each in values.items())]
    return _with_key(text, types, f"\n{' ' * types.start_mark.column}".join(lines))


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


def add_hook(text: str, name: str, code: str, at: str) -> str:
    """Put code at a script's begin or end, between two lines that name the intent."""
    first, last = f"# changeover: begin {name}", f"# changeover: end {name}"
    block = f"{first}\n{code.strip()}\n{last}\n"
    there = re.search(
        rf"^{re.escape(first)}\n.*?^{re.escape(last)}\n", text, re.DOTALL | re.MULTILINE
    )
    if there:
        return text[: there.start()] + block + text[there.end() :]
    if at == "end":
        return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}\n{block}"
    start = text.index("\n") + 1 if text.startswith("#!") and "\n" in text else 0
    return f"{text[:start]}\n{block}\n{text[start:]}"
