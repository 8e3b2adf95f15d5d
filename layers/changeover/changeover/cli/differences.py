"""Differences between two directories, as text and as JSON, without any password."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from changeover.cli.text import SHOWN, counted, legible, more, table
from changeover.identities import change_plan
from changeover.identities.change_plan import Change, Kind
from changeover.identities.directories import Directory
from changeover.identities.models import Group, SudoRole, User, view
from changeover.identities.rules.collector import printable, some
from changeover.identities.scope import movable
from changeover.ldap import schema
from changeover.ldap.entry import Entry
from changeover.soca.dialect import Dialect

# Values of these attributes may be shown, because they contain only names.
_NAMES = ("memberuid", "member", "uniquemember", "sudouser")


@dataclass(frozen=True, slots=True)
class Differences:
    """`changes` are changes of entries that move, `own` those of entries of SOCA's installer.

    `old_size`, `new_size`: number of entries. `movable`: number of old entries that move.
    """

    old_size: int
    new_size: int
    movable: int
    changes: tuple[Change, ...]
    own: tuple[Change, ...]

    @classmethod
    def between(cls, old: Directory, new: Directory, dialect: Dialect) -> "Differences":
        before, after = (movable(each, dialect, dialect.bootstrap_accounts) for each in (old, new))
        return cls(
            old_size=len(old),
            new_size=len(new),
            movable=len(before),
            changes=change_plan.plan(before, after),
            own=change_plan.plan(_without(old, before), _without(new, after)),
        )


def page(found: Differences, *, everything: bool) -> Iterator[str]:
    most = None if everything else SHOWN
    yield from table(
        [("old", f"{found.old_size:,} entries"), ("new", f"{found.new_size:,} entries")]
    )
    gone = {change.name: change for change in found.changes if change.kind is Kind.DELETE}
    new = {change.name: change for change in found.changes if change.kind is Kind.ADD}
    both = change_plan.recreated(found.changes)
    anew = [Change(Kind.ADD, n, gone[n].before, new[n].after) for n in new if n in both]
    changed = [change for change in found.changes if change.kind is Kind.MODIFY]
    for heading, changes in (
        ("gone", [change for name, change in gone.items() if name not in both]),
        ("new", [change for name, change in new.items() if name not in both]),
        ("deleted and added again, because LDAP cannot change their kind or spelling", anew),
        ("changed", changed),
        ("entries of SOCA's installer, which no plan changes", found.own),
    ):
        yield from _section(heading, changes, most)
    number = len(found.changes) + len(found.own)
    yield f"\nDifferent: {counted(number, 'change')}.\n" if number else "\nNo difference.\n"


def in_json(found: Differences) -> Iterator[str]:
    answer = {
        "old_entries": found.old_size,
        "new_entries": found.new_size,
        "changes": [_as_json(change) for change in found.changes],
        "own": [_as_json(change) for change in found.own],
    }
    yield json.dumps(answer, indent=1) + "\n"


def _without(directory: Directory, movable: Directory) -> Directory:
    return {name: entry for name, entry in directory.items() if name not in movable}


def _section(heading: str, changes: Sequence[Change], most: int | None) -> Iterator[str]:
    if changes:
        yield f"\n{heading}: {len(changes):,}\n"
        yield from table(
            [(legible(_spelled(change)), _reason(change, most)) for change in changes[:most]]
        )
        yield from more(len(changes[most:]) if most else 0)


def _spelled(change: Change) -> str:
    entry = change.after or change.before
    assert entry is not None
    return entry.dn


def _reason(change: Change, most: int | None) -> str:
    if not (change.before and change.after):
        entry = change.before or change.after
        return _described(entry) if entry else ""
    if change.kind is Kind.MODIFY:
        return ", ".join(_attribute(change, name, most) for name in _attributes(change))
    if change.before.dn != change.after.dn:
        return f"was {change.before.dn}"
    return "another kind" if "objectclass" in _attributes(change) else "is below such an entry"


def _described(entry: Entry) -> str:
    row = entry.row()
    try:
        if entry.is_a("posixAccount"):
            user = view(User, *row)
            return f"user {user.number}, {user.home}"
        if entry.is_a("posixGroup"):
            return f"group {view(Group, *row).number}"
        if entry.is_a("sudoRole"):
            return f"sudo for {', '.join(view(SudoRole, *row).users)}"
    except ValidationError:  # `check` reports the problem
        return ""
    return ""


def _attribute(change: Change, name: str, most: int | None) -> str:
    came, went = _came_and_went(change, name)
    names = some if most else _all
    told = [f"{sign} {names(values)}" for sign, values in (("+", came), ("-", went)) if values]
    spelled = schema.spelled(name)
    return f"{spelled} ({'; '.join(told)})" if told else spelled


def _as_json(change: Change) -> dict[str, object]:
    names = _attributes(change)
    both = {name: _came_and_went(change, name) for name in names if name in _NAMES}
    return {
        "kind": change.kind,
        "entry": change.name,
        "attributes": names,
        "came": {name: [printable(value) for value in came] for name, (came, _) in both.items()},
        "went": {name: [printable(value) for value in went] for name, (_, went) in both.items()},
    }


def _attributes(change: Change) -> list[str]:
    """Return the names of the attributes that differ."""
    if not (change.before and change.after):
        return []
    before, after = change.before.attributes, change.after.attributes
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _came_and_went(change: Change, name: str) -> tuple[list[bytes], list[bytes]]:
    """Return added and removed values. Both are empty unless the attribute contains names."""
    if name not in _NAMES or not (change.before and change.after):
        return [], []
    nobody: frozenset[bytes] = frozenset()
    before = change.before.attributes.get(name, nobody)
    after = change.after.attributes.get(name, nobody)
    return sorted(after - before), sorted(before - after)


def _all(values: Iterable[bytes]) -> str:
    return ", ".join(map(printable, values))
