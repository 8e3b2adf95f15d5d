"""Intents about settings: of the web interface, the installer, licenses, queues and machines."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from changeover.build.intents import text_edits as edit
from changeover.build.intents.model import Intent
from changeover.build.intents.outcome import Outcome, SiteRelease, nowhere
from changeover.build.intents.places import DISPATCHERS, PLACES, QUEUE_MAKERS, RENAMED
from changeover.build.intents.python_edits import set_python
from changeover.build.intents.shell_edits import set_shell
from changeover.build.intents.text_edits import NoAnchor, NoSetting
from changeover.build.near_words import near
from changeover.build.report import Verdict
from changeover.build.tree import File


def set_setting(site: SiteRelease, intent: Intent) -> Outcome:
    where, name, value = (intent.fields[key] for key in ("in", "name", "value"))
    place = PLACES[where]
    path = site.first(place.paths)
    if not path:
        return nowhere(where)
    return _with_setting(site, path, place.settings, name, value)


def _with_setting(site: SiteRelease, path: str, written: str, name: str, value: Any) -> Outcome:
    """Set a setting by its name or, where it was renamed, by its new name."""
    text = site.text(path)
    setters: dict[str, Callable[[str, str, Any], str]] = {
        "python": set_python,
        "shell": set_shell,
        "yaml": _set_yaml,
        "heredoc": _set_heredoc,
    }
    *above, leaf = name.split(".")
    for known in (name, ".".join([*above, RENAMED.get(leaf, leaf)])):
        if written in ("yaml", "heredoc") and known == name and _is_renamed(text, leaf):
            continue
        try:
            changed = setters[written](text, known, value)
        except NoSetting:
            continue
        if known == name:
            return Outcome(site.with_text(path, changed))
        why = f"This release names the setting {known}"
        return Outcome(site.with_text(path, changed), Verdict.CHANGED, why)
    known_names = re.findall(r"[A-Za-z_]\w+", text)
    why = f"{path} has no setting {name}{near(leaf, known_names)}, so nothing would read it"
    do = "Correct the name. If this release has no such setting, leave the intent out."
    return Outcome({}, Verdict.ACTION_NEEDED, why, do)


def _is_renamed(text: str, leaf: str) -> bool:
    return leaf in RENAMED and f" {RENAMED[leaf]}:" in text and f" {leaf}:" not in text


def _set_yaml(text: str, name: str, value: Any) -> str:
    return edit.set_yaml(text, name.split("."), value)


def _set_heredoc(text: str, name: str, value: Any) -> str:
    path = name.split(".")
    path = path if path[0] == "queue_type" else ["queue_type", *path]
    return _in_heredoc(text, value, lambda body: edit.set_yaml(body, path, value))


# SOCA's own variables may be in a value: the script knows them when it writes the file.
_SHELL = re.compile(r"`|\\\\|\$(?!\{?(?:SOCA|EDH)_)")


def _in_heredoc(text: str, value: Any, change: Callable[[str], str]) -> str:
    written = json.dumps(value)
    if _SHELL.search(written):
        told = "write it without `, \\ and $. Only $SOCA_… and $EDH_… may be in it"
        raise NoAnchor(f"a shell would run a part of the value: {told}")
    edit.refuse_jinja(written)
    start, end = edit.heredoc(text)
    return text[:start] + change(text[start:end]) + text[end:]


def add_queue(site: SiteRelease, intent: Intent) -> Outcome:
    """Add a queue type with its settings, its dispatcher and its queue in the scheduler."""
    name, like = intent.fields["name"], intent.fields.get("like", "compute")
    settings = intent.fields.get("settings", {})
    path = site.first(PLACES["queues"].paths)
    if not path:
        return nowhere("queues")
    wanted = {_known_key(site.text(path), key): value for key, value in settings.items()}
    changed = _in_heredoc(
        site.text(path), wanted, lambda body: edit.add_queue(body, name, like, wanted)
    )
    files = site.with_text(path, changed)
    try:
        files |= _dispatched(replace(site, tree={**site.tree, **files}), like, name)
        files |= _made(site, name)
    except NoAnchor:
        why = f"The queue's settings are there, but nothing makes the queue {name}"
        return Outcome(files, Verdict.ACTION_NEEDED, why, "Make it in the scheduler, in a hook.")
    return Outcome(files)


def _known_key(text: str, key: str) -> str:
    return RENAMED[key] if _is_renamed(text, key) else key


def _dispatched(site: SiteRelease, like: str, name: str) -> dict[str, File]:
    for path, form in DISPATCHERS.items():
        if path in site.tree:
            return site.with_text(path, edit.repeat_lines(site.text(path), form, like, name))
    raise NoAnchor("no script starts dispatchers")


def _made(site: SiteRelease, name: str) -> dict[str, File]:
    found: dict[str, File] = {}
    for path in QUEUE_MAKERS:
        if path in site.tree:
            text = site.text(path)
            if edit.QUEUE_LOOP.search(text):
                found |= site.with_text(path, edit.add_to_loop(text, name))
            else:
                made = edit.repeat_lines(text, _MADE, _LIKE_QUEUE, name)
                found |= site.with_text(path, made)
    if not found:
        raise NoAnchor("no script makes queues")
    return found


_MADE = r'qmgr -c "(create|set) queue {}\b'
_LIKE_QUEUE = "normal"


def set_machine(site: SiteRelease, intent: Intent) -> Outcome:
    queue = {"workers": "compute", "desktops": "desktop"}[intent.fields["role"]]
    path = site.first(PLACES["queues"].paths)
    if not path:
        return nowhere("queues")
    name, kind = f"{queue}.instance_type", intent.fields["instance_type"]
    try:
        return _with_setting(site, path, "heredoc", name, kind)
    except NoAnchor as problem:
        why = f"{path}: {problem}, so the release's own default stays"
        do = "Set the instance type in a whole file of this release."
        return Outcome({}, Verdict.ACTION_NEEDED, why, do)
