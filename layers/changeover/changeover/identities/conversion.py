"""Convert a directory from one dialect (family of SOCA releases) to another, without any loss."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from changeover.errors import Refused
from changeover.identities.directories import Directory
from changeover.identities.private_groups import Renaming, renaming
from changeover.identities.renaming import Names
from changeover.identities.scope import check_base, movable
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Converted:
    """The entries that move. `clashes` maps target DNs of entries that cannot move to reasons."""

    entries: dict[str, Entry]
    clashes: dict[str, str]


def convert(
    directory: Directory, source: Dialect, target: Dialect, leave_out: Iterable[str] = ()
) -> dict[str, Entry]:
    """Return the entries that move from a release of `source`, as a release of `target` has them.

    The source's scaffold, its installer's accounts and the accounts in `leave_out` do not move. All
    other entries move, from any place in the tree. Only DNs (private groups, OUs, base DN) and the
    values that refer to them change.

    Raises Refused, with both names, if two entries would get the same DN or the target already has
    the DN. Raises Refused if a parent would be missing. Raises Refused if the way back would rename
    a group that was not renamed here: a 2.6 group `xsocagroup` with the gid of the user x.

    If nothing is refused, the way back returns the same directory. It is identical byte for byte if
    DNs are spelled as in the dialects and no value refers to a missing entry.
    """
    check_base(directory, source)
    return convert_movable(_movable(directory, source, leave_out), source, target)


def convert_movable(entries: Directory, source: Dialect, target: Dialect) -> dict[str, Entry]:
    """Convert entries that `scope.movable` has already selected. Raises Refused as `convert`."""
    converted = _converted(entries, {}, source, target)
    for reason in converted.clashes.values():
        raise Refused(reason)
    return converted.entries


def convert_back(
    directory: Directory,
    before: Directory,
    source: Dialect,
    target: Dialect,
    leave_out: Iterable[str] = (),
) -> Converted:
    """Convert for the way back. Entries that `convert` would refuse are in `clashes` instead.

    `before` is the source's directory when it was imported: it decides which groups are private.
    """
    check_base(directory, source)
    own = tuple(leave_out)
    entries, earlier = (_movable(each, source, own) for each in (directory, before))
    return _converted(entries, earlier, source, target)


def _movable(directory: Directory, source: Dialect, leave_out: Iterable[str]) -> dict[str, Entry]:
    return movable(directory, source, (*source.bootstrap_accounts, *leave_out))


def _converted(
    entries: Directory, earlier: Directory, source: Dialect, target: Dialect
) -> Converted:
    groups = renaming(entries, source, target, earlier)
    names = Names(groups, source, target)
    made = _under_new_names(entries, groups, names, target)
    _drop(made, _taken(made.entries, entries, names, target))
    _drop(made, _orphans(made.entries, target))
    return made


def _under_new_names(
    directory: Directory, renaming: Renaming, names: Names, target: Dialect
) -> Converted:
    if not (names.change or renaming.refused):
        return Converted(dict(directory), {})
    moved: dict[str, Entry] = {}
    clashes: dict[str, str] = {}
    origins = _Origins(directory, names)
    for name, entry in directory.items():
        spelled = names.of_entry(name, entry.dn)
        to = dn.normal(spelled)
        if name in renaming.refused:
            clashes.setdefault(to, renaming.refused[name])
        elif to in moved:
            reason = (
                f"{origins.of(to)} and {entry.dn} would both be {spelled} in SOCA"
                f" {target.name}: rename or remove one of them"
            )
            clashes.setdefault(to, reason)
        values = names.new_values(entry)
        if group := renaming.groups.get(name):
            values["cn"] = group.cns
        moved[to] = _changed(entry, spelled, values)
    return Converted({name: each for name, each in moved.items() if name not in clashes}, clashes)


class _Origins:
    """Looks up the present DN of an entry by its new DN. Computed on first use, for messages."""

    def __init__(self, directory: Directory, names: Names) -> None:
        self._directory = directory
        self._names = names

    def of(self, to: str) -> str:
        """Return the DN of the first entry that gets this new DN."""
        return self._first[to]

    @cached_property
    def _first(self) -> dict[str, str]:
        first: dict[str, str] = {}
        for name, entry in self._directory.items():
            first.setdefault(dn.normal(self._names.of_entry(name, entry.dn)), entry.dn)
        return first


def _changed(entry: Entry, spelled: str, anew: Mapping[str, tuple[bytes, ...]]) -> Entry:
    """Return the entry with another DN and with new values for some attributes.

    `anew` has as many values for an attribute as the entry.
    """
    if not anew:
        return entry.renamed(spelled)
    layout, values = entry.row()
    numbers = [b"%d" % column for column in range(len(values))]
    changed = list(values)
    for name, own in anew.items():
        for column, value in zip(layout.all(numbers, name), own, strict=True):
            changed[int(column)] = value
    return Entry(spelled, row=(layout, changed))


def _drop(made: Converted, clashes: Mapping[str, str]) -> None:
    for name in clashes:
        del made.entries[name]
    made.clashes.update(clashes)


def _taken(moved: Directory, directory: Directory, names: Names, target: Dialect) -> dict[str, str]:
    accounts = (target.account_entries(account) for account in target.bootstrap_accounts)
    own = (*target.scaffold, *(name for entries in accounts for name in entries))
    origins = _Origins(directory, names)
    return {
        name: f"{origins.of(name)} would take the place of {spelled}, which the"
        f" installer of SOCA {target.name} creates itself: rename it, remove it, or leave that"
        " account out"
        for name, spelled in ((dn.normal(each), each) for each in own)
        if name in moved
    }


def _orphans(moved: Directory, target: Dialect) -> dict[str, str]:
    """Return the reasons for entries without a parent, and for all entries below them."""
    there = {*moved, *(dn.normal(name) for name in target.scaffold)}
    below: dict[str, list[str]] = {}
    for name in moved:
        below.setdefault(dn.parent(name), []).append(name)
    homeless = [name for name in moved if dn.parent(name) not in there]
    kept = {dn.normal(name) for name in target.scaffold}
    for name in homeless:  # the list grows during the loop
        if name not in kept:
            homeless += below.get(name, ())
    return {
        name: f"{moved[name].dn} would be below {dn.parent(name)}, which does not move and which"
        f" SOCA {target.name} does not have: move it elsewhere, or remove it"
        for name in homeless
    }
