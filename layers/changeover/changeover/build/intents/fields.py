"""The kinds of intents, their fields, and what each field may hold."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from changeover.build.intents.places import FOLDERS, LISTS, PLACES, ROLES
from changeover.build.member_names import name_problem
from changeover.build.near_words import near

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN_FILE = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


def intent_faults(value: Any, seen: set[str]) -> Iterator[str]:
    """Yield each fault of one intent. `seen` collects the ids."""
    if not isinstance(value, dict):
        yield "an intent is a mapping with an id and what is wanted"
        return
    name = value.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        yield "an intent needs an id of small letters, digits and hyphens"
    elif name in seen:
        yield f"the id {name} is there twice"
    else:
        seen.add(name)
    kinds = sorted(value.keys() - {"id"}, key=str)
    if len(kinds) != 1 or kinds[0] not in KINDS:
        yield f"an intent has one of {', '.join(KINDS)}, not {', '.join(map(str, kinds)) or 'none'}"
        return
    fields = value[kinds[0]]
    if not isinstance(fields, dict):
        yield f"{kinds[0]} must be a mapping"
        return
    required, optional, check = KINDS[kinds[0]]
    for key in sorted(required - fields.keys()):
        yield f"{kinds[0]} needs {key}"
    allowed = sorted(required | optional)
    for key in sorted(fields.keys() - set(allowed), key=str):
        told = f"{kinds[0]} has no field {key}{near(key, allowed)}"
        yield f"{told}. Known are {', '.join(allowed)}"
    if not required - fields.keys():
        yield from check(fields)


def _known(fields: Mapping[str, Any], places: Mapping[str, Any]) -> Iterator[str]:
    wanted = str(fields["in"])
    if wanted not in places:
        yield f"there is no place {wanted}{near(wanted, places)}. Known are {', '.join(places)}"


def _check_set(fields: Mapping[str, Any]) -> Iterator[str]:
    settable = {name: each for name, each in PLACES.items() if each.settings}
    yield from _known(fields, settable)
    if not _is_plain(fields["value"]):
        yield "value must be a text, a number, true, false, or a list or mapping of these"
    elif fields["in"] == "versions" and not isinstance(fields["value"], str | int | float):
        yield "value must be a text or a number, because the place is a shell script"
    name = fields["name"]
    if not isinstance(name, str) or not all(_NAME.fullmatch(part) for part in name.split(".")):
        yield f"{name!r} is not the name of a setting"


def _is_plain(value: Any) -> bool:
    """Whether JSON, and so Python, YAML and a person, can write the value."""
    match value:
        case dict():
            return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
        case list():
            return all(map(_is_plain, value))
        case float():
            return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def _check_add(fields: Mapping[str, Any]) -> Iterator[str]:
    yield from _known(fields, LISTS)
    values = fields["values"]
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        yield "values must be a list of words"


def _check_hook(fields: Mapping[str, Any]) -> Iterator[str]:
    yield from _known(fields, {name: each for name, each in PLACES.items() if each.hooks})
    if fields.get("at", "end") not in ("begin", "end"):
        yield "at is begin or end"
    if ("text" in fields) == ("from" in fields):
        yield "a hook has text, or a file that it is taken from"
    text = fields.get("text", "")
    if not isinstance(text, str) or "# changeover:" in text:
        yield "text must be a script without lines that begin with `# changeover:`"
    yield from _own_file(fields)


def _check_file(fields: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(fields.get("executable", True), bool):
        yield "executable must be true or false"
    if ("in" in fields) == ("to" in fields):
        yield "a file has a place (in) or a path in the release (to)"
    elif "in" in fields:
        yield from _known(fields, FOLDERS)
    elif not str(fields["to"]).startswith(("source/", "installer/")) or ".." in fields["to"]:
        yield f"{fields['to']!r} is not a path in a release, such as source/soca/…"
    elif problem := name_problem(str(fields["to"])):
        yield f"{fields['to']!r} cannot be a file: {problem}"
    yield from _own_file(fields)


def _own_file(fields: Mapping[str, Any]) -> Iterator[str]:
    name = fields.get("from", "x")
    if not isinstance(name, str) or not _OWN_FILE.fullmatch(name) or ".." in name:
        yield f"{name!r} is not a file below files/"


def _check_replace(fields: Mapping[str, Any]) -> Iterator[str]:
    if ("in" in fields) == ("path" in fields):
        yield "replace has a place (in) or a path in the release"
    elif "in" in fields:
        yield from _known(fields, PLACES)
    if not isinstance(fields["old"], str) or not fields["old"]:
        yield "old is the text to replace"
    if not isinstance(fields["new"], str):
        yield "new is a text"


def _check_queue(fields: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(fields["name"], str) or not _ID.fullmatch(fields["name"]):
        yield f"{fields['name']!r} is not the name of a queue"
    settings = fields.get("settings", {})
    if not isinstance(settings, dict) or not _is_plain(settings):
        yield "settings must be a mapping of plain values"
    else:
        unknown = (key for key in settings if not _NAME.fullmatch(key))
        yield from (f"{key!r} is not the name of a setting" for key in unknown)
    if not isinstance(fields.get("like", ""), str):
        yield "like must be the name of a queue type"


def _check_tag(fields: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(fields["name"], str) or not fields["name"] or len(fields["name"]) > 128:  # noqa: PLR2004 - AWS's limit
        yield "a tag's name has 1 to 128 characters"
    elif fields["name"].lower().startswith(("aws:", "soca:", "edh:")):
        yield f"the tag {fields['name']} belongs to AWS or SOCA"
    if not isinstance(fields["value"], str) or len(fields["value"]) > 256:  # noqa: PLR2004 - AWS's limit
        yield "a tag's value is a text of at most 256 characters: put numbers into quotes"


def _check_policy(fields: Mapping[str, Any]) -> Iterator[str]:
    yield from _known({"in": fields["role"]}, ROLES)
    if not re.fullmatch(
        r"arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]+", str(fields["arn"])
    ):
        yield f"{fields['arn']!r} is not the ARN of a managed policy"


def _check_machine(fields: Mapping[str, Any]) -> Iterator[str]:
    roles = ("workers", "desktops")
    if fields["role"] not in roles:
        yield f"role is one of {', '.join(roles)}. The scheduler's is a parameter of the stack"
    if not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", str(fields["instance_type"])):
        yield f"{fields['instance_type']!r} is not an instance type, such as m5.large"


_Check = Callable[[Mapping[str, Any]], Iterator[str]]
KINDS: dict[str, tuple[set[str], set[str], _Check]] = {
    "set": ({"in", "name", "value"}, set(), _check_set),
    "add": ({"in", "values"}, set(), _check_add),
    "hook": ({"in"}, {"at", "text", "from"}, _check_hook),
    "file": ({"from"}, {"in", "to", "executable"}, _check_file),
    "replace": ({"old", "new"}, {"in", "path"}, _check_replace),
    "queue": ({"name"}, {"like", "settings"}, _check_queue),
    "tag": ({"name", "value"}, set(), _check_tag),
    "policy": ({"role", "arn"}, set(), _check_policy),
    "machine": ({"role", "instance_type"}, set(), _check_machine),
}
"""Each kind's required and optional fields, and the check of their values."""
