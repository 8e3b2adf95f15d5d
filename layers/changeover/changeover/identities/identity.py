"""A directory's identities as comparable entries: canonical form, digests, counts, completeness."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from changeover.dialect import Dialect
from changeover.identities import dn, ldif
from changeover.values import Digest, Value

# What a server adds by itself, or differs between two servers that hold the same identities.
_OPERATIONAL = frozenset(
    name.lower()
    for name in (
        "structuralObjectClass",
        "entryUUID",
        "creatorsName",
        "createTimestamp",
        "entryCSN",
        "modifiersName",
        "modifyTimestamp",
        "entryDN",
        "subschemaSubentry",
        "hasSubordinates",
        "contextCSN",
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its name as spelled, and its own attributes, names folded, values as a set."""

    dn: str
    attributes: Mapping[str, frozenset[bytes]]

    def first(self, name: str) -> bytes:
        return min(self.attributes.get(name, frozenset()), default=b"")

    def is_a(self, object_class: str) -> bool:
        wanted = object_class.lower().encode()
        return any(value.lower() == wanted for value in self.attributes.get("objectclass", ()))

    def digest(self) -> bytes:
        """sha256 over length-prefixed fields, so that no two entries can look the same."""
        hashed = hashlib.sha256()
        for name in sorted(self.attributes):
            values = sorted(self.attributes[name])
            hashed.update(b"%d:%s%d:" % (len(name), name.encode(), len(values)))
            for value in values:
                hashed.update(b"%d:%s" % (len(value), value))
        return hashed.digest()


Directory = Mapping[str, Entry]
"""Entries by their normalised DN."""


class Counts(Value):
    """How many of what; `password_hashes` counts users that have at least one."""

    users: int
    groups: int
    sudo_roles: int
    password_hashes: int


def read_directory(lines: Iterable[bytes]) -> dict[str, Entry]:
    """Parse a whole-tree export. Raises ldif.Malformed, also when one name comes twice."""
    directory: dict[str, Entry] = {}
    for record in ldif.read(lines):
        name = dn.normal(record.dn)
        if name in directory:
            raise ldif.Malformed(0, f"the entry {record.dn!r} comes twice")
        directory[name] = _entry(record)
    return directory


def carried(directory: Directory, dialect: Dialect, leave_out: Iterable[str]) -> dict[str, Entry]:
    """What moves to another release: all but the scaffold and the installer's own accounts."""
    left = {dn.normal(name) for name in dialect.scaffold}
    for account in leave_out:
        left |= {dn.normal(name) for name in dialect.account_entries(account)}
    return {name: entry for name, entry in directory.items() if name not in left}


def scaffold(directory: Directory, dialect: Dialect) -> dict[str, Entry]:
    """The entries that the installer makes on every release."""
    names = {dn.normal(name) for name in dialect.scaffold}
    return {name: entry for name, entry in directory.items() if name in names}


def digest(directory: Directory) -> Digest:
    """One sha256 over all entries, blind to their order, to case and escapes in their names."""
    hashed = hashlib.sha256()
    for name in sorted(directory):
        hashed.update(b"%d:%s" % (len(name.encode()), name.encode()))
        hashed.update(directory[name].digest())
    return hashed.hexdigest()


def count(directory: Directory) -> Counts:
    """Wherever in the tree they stand, as the hosts count them too."""
    users = [entry for entry in directory.values() if entry.is_a("posixAccount")]
    return Counts(
        users=len(users),
        groups=sum(entry.is_a("posixGroup") for entry in directory.values()),
        sudo_roles=sum(entry.is_a("sudoRole") for entry in directory.values()),
        password_hashes=sum(bool(entry.attributes.get("userpassword")) for entry in users),
    )


def without_password_hash(directory: Directory) -> tuple[str, ...]:
    """Users that nobody could log in as after a move; names only."""
    return tuple(
        entry.dn
        for entry in directory.values()
        if entry.is_a("posixAccount") and not entry.attributes.get("userpassword")
    )


def write_directory(entries: Iterable[Entry]) -> Iterator[bytes]:
    """LDIF of the entries, parents ahead of their children."""
    in_order = sorted(entries, key=lambda entry: dn.depth(dn.normal(entry.dn)))
    return ldif.write(
        ldif.Record(
            entry.dn,
            [
                (name, value)
                for name, values in entry.attributes.items()
                for value in sorted(values)
            ],
        )
        for entry in in_order
    )


def _entry(record: ldif.Record) -> Entry:
    attributes: dict[str, set[bytes]] = {}
    for name, value in record.attributes:
        folded = name.lower()
        if folded not in _OPERATIONAL:
            attributes.setdefault(folded, set()).add(value)
    return Entry(record.dn, {name: frozenset(values) for name, values in attributes.items()})
