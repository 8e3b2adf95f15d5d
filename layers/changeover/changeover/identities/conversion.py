"""A directory as another family of SOCA releases would have it, with nobody lost on the way."""

from collections.abc import Iterable, Mapping

from changeover.dialect import Dialect
from changeover.errors import Refused
from changeover.identities import dn, schema
from changeover.identities.entry import Entry
from changeover.identities.identity import Directory, carried
from changeover.identities.private_groups import Renamed, renamed_groups

# Attributes whose values may be names of entries: always, or now and then.
_POINTING = schema.DN_VALUED | {"memberuid", "uniquemember"}


def convert(
    directory: Directory, source: Dialect, target: Dialect, leave_out: Iterable[str] = ()
) -> dict[str, Entry]:
    """What moves from a release of the source's dialect, as one of the target's shall have it.

    Left out are the source's scaffold, its installer's own accounts and those in `leave_out`.
    Everything else moves, wherever it stands; only names (of private groups, of OUs, the base DN)
    and the values that point to them change. Raises Refused with both names when two entries would
    become one, when the target has a name already, when a parent would be missing, and when the
    way back would rename a group that was not renamed here: a 2.6 group `xsocagroup` that has the
    gid of the user x. Without a refusal the way back ends in the same directory, byte for byte
    where names are spelled as the dialects spell them and no value points to a missing entry.
    """
    moved = carried(directory, source, (*source.bootstrap_accounts, *leave_out))
    groups = renamed_groups(moved, source, target)
    names = _Names(groups, source, target)
    if names.change:
        moved = _under_new_names(moved, groups, names, target)
    _check_free(moved, target)
    _check_parents(moved, target)
    return moved


class _Names:
    """What becomes of a name: first a private group gets its own, then comes its new place."""

    def __init__(self, groups: Mapping[str, Renamed], source: Dialect, target: Dialect) -> None:
        self._groups = {name: group.dn for name, group in groups.items()}
        self._group_depth = dn.depth(dn.normal(source.groups)) + 1
        places = zip(_places(source), _places(target), strict=True)
        self._tails = [(dn.normal(old), new) for old, new in places if old != new]
        self.change = bool(self._groups or self._tails)

    def of_entry(self, name: str, spelled: str) -> str:
        if group := self._groups.get(name):
            return self._moved(group)
        # Nothing else can stand below a group.
        deep = dn.depth(name) > self._group_depth
        return self.of(spelled) if deep else self._moved(spelled)

    def of(self, text: str) -> str:
        """However it is spelled. What is no name, or points elsewhere, stays as it is."""
        return self._moved(self._followed(text) if self._groups else text)

    def _followed(self, text: str) -> str:
        """Renamed if it is a private group or stands below one."""
        try:
            parts = dn.split(dn.normal(text))
        except ValueError:
            return text
        for at in range(len(parts)):
            if group := self._groups.get(",".join(parts[at:])):
                return ",".join([*dn.split(text)[:at], group])
        return text

    def _moved(self, text: str) -> str:
        """With the new end in place of the first that fits."""
        if "\\" not in text:
            folded = text.lower()
            for old, new in self._tails:
                if folded.endswith(old) and folded[-len(old) - 1 : -len(old)] == ",":
                    return text[: -len(old)] + new
        return self._moved_by_parts(text) if self._tails else text

    def _moved_by_parts(self, text: str) -> str:
        """The same for an end that is spelled in an unusual way."""
        parts = dn.split(text)
        try:
            normal = [dn.normal(part) for part in parts]
        except ValueError:
            return text
        for old, new in self._tails:
            front = len(parts) - dn.depth(old)
            if front >= 0 and ",".join(normal[front:]) == old:
                return ",".join([*parts[:front], new])
        return text


def _places(dialect: Dialect) -> tuple[str, ...]:
    """The base DN last: the others stand below it."""
    return dialect.people, dialect.groups, dialect.sudoers, dialect.base_dn


def _under_new_names(
    directory: Directory, groups: Mapping[str, Renamed], names: _Names, target: Dialect
) -> dict[str, Entry]:
    moved: dict[str, Entry] = {}
    for name, entry in directory.items():
        spelled = names.of_entry(name, entry.dn)
        to = dn.normal(spelled)
        if to in moved:
            same = (n for n, e in directory.items() if dn.normal(names.of_entry(n, e.dn)) == to)
            raise Refused(
                f"{directory[next(same)].dn} and {entry.dn} would both be {spelled} in SOCA"
                f" {target.name}: rename or remove one of them"
            )
        values = _new_pointers(entry, names)
        if group := groups.get(name):
            values["cn"] = group.cns
        moved[to] = _changed(entry, spelled, values)
    return moved


def _new_pointers(entry: Entry, names: _Names) -> dict[str, tuple[bytes, ...]]:
    """Attributes with values that point to entries, with where these are then; all in order."""
    layout, values = entry.row()
    pointing = {each: layout.all(values, each) for each in _POINTING & layout.names}
    return {
        each: tuple(_pointer(value, names) for value in own)
        for each, own in pointing.items()
        # A bare uid, which most members are, needs no look of its own.
        if b"=" in b"".join(own)
    }


def _changed(entry: Entry, spelled: str, anew: Mapping[str, tuple[bytes, ...]]) -> Entry:
    """By another name, and with as many other values for some attributes."""
    if not anew:
        return entry.renamed(spelled)
    layout, values = entry.row()
    numbers = [b"%d" % column for column in range(len(values))]
    changed = list(values)
    for name, own in anew.items():
        for column, value in zip(layout.all(numbers, name), own, strict=True):
            changed[int(column)] = value
    return Entry(spelled, row=(layout, changed))


def _pointer(value: bytes, names: _Names) -> bytes:
    try:
        return names.of(value.decode()).encode() if b"=" in value else value
    except UnicodeDecodeError:
        return value


def _check_free(moved: Directory, target: Dialect) -> None:
    accounts = (target.account_entries(account) for account in target.bootstrap_accounts)
    for own in (*target.scaffold, *(name for entries in accounts for name in entries)):
        if entry := moved.get(dn.normal(own)):
            raise Refused(
                f"{entry.dn} would take the place of {own}, which the installer of SOCA"
                f" {target.name} makes by itself: rename it, remove it, or leave that account out"
            )


def _check_parents(moved: Directory, target: Dialect) -> None:
    there = {*moved, *(dn.normal(name) for name in target.scaffold)}
    for name, entry in moved.items():
        parent = ",".join(dn.split(name)[1:]) if "\\" in name else name.partition(",")[2]
        if parent not in there:
            raise Refused(
                f"{entry.dn} would stand below {parent}, which does not move and which SOCA"
                f" {target.name} does not have: move it elsewhere, or remove it"
            )
