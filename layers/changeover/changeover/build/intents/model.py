"""A site's intents: what it wants of a release, without the release's file names.

They are read from `intents.yaml`, with every fault of the file told at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from changeover.build.intents.fields import intent_faults
from changeover.build.near_words import near
from changeover.build.parsing import yaml_problem
from changeover.build.yaml_nodes import PlainLoader, doubled

_KEYS = {"intents", "repairs_off", "accept"}
_LARGEST = 256 * 1024


class BadIntents(Exception):
    """The file is refused. The message lists each fault with its line."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent. `kind` is one of `KINDS` and `fields` what it says, checked."""

    id: str
    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteChoices:
    """What a site chose: intents, repairs that it switches off, and items that it accepts.

    An item is named by `kind:name`, as the build report lists it.
    """

    intents: tuple[Intent, ...] = ()
    repairs_off: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()


def site_choices(data: bytes) -> SiteChoices:
    """Read `intents.yaml`. Raises BadIntents with every fault of it."""
    if len(data) > _LARGEST:
        raise BadIntents(f"intents.yaml has more than {_LARGEST >> 10} KiB")
    try:
        text = data.decode("utf-8-sig")
        root = yaml.compose(text, Loader=PlainLoader)
        value = yaml.load(text, Loader=PlainLoader)  # noqa: S506 - a safe loader without aliases
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise BadIntents(f"intents.yaml{yaml_problem(error)}") from error
    if value is None:
        return SiteChoices()
    if not isinstance(value, dict):
        raise BadIntents(
            "intents.yaml:1: it must be a mapping with intents, repairs_off and accept"
        )
    problems = list(_problems(value, root))
    if problems:
        raise BadIntents("; ".join(problems))
    return SiteChoices(
        tuple(_intent(each) for each in value.get("intents") or ()),
        frozenset(value.get("repairs_off") or ()),
        frozenset(value.get("accept") or ()),
    )


def _intent(value: dict[str, Any]) -> Intent:
    (kind,) = value.keys() - {"id"}
    return Intent(value["id"], kind, value[kind])


def _problems(value: dict[str, Any], root: Node | None) -> Iterator[str]:
    for node in doubled(root):
        yield f"intents.yaml:{node.start_mark.line + 1}: the key {node.value} is there twice"
    for key in sorted(value.keys() - _KEYS, key=str):
        told = f"intents.yaml: there is no key {key}{near(key, _KEYS)}"
        yield f"{told}. Known are intents, repairs_off and accept"
    for key in ("repairs_off", "accept"):
        listed = value.get(key) or []
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            yield f"intents.yaml: {key} must be a list of names"
    intents = value.get("intents") or []
    if not isinstance(intents, list):
        yield "intents.yaml: intents must be a list"
        return
    seen: set[str] = set()
    lines = _lines(root)
    for number, each in enumerate(intents):
        where = f"intents.yaml:{lines[number] if number < len(lines) else 1}"
        yield from (f"{where}: {problem}" for problem in intent_faults(each, seen))


def _lines(root: Node | None) -> list[int]:
    """The line of each intent, counted from 1."""
    for key, value in root.value if isinstance(root, MappingNode) else ():
        if key.value == "intents" and isinstance(value, SequenceNode):
            return [each.start_mark.line + 1 for each in value.value]
    return []
