"""A directory as a whole: read and written, counted, digested, and what of it moves."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from changeover.dialect import Dialect
from changeover.identities import dn, ldif, reading
from changeover.identities.entry import Entry
from changeover.values import Digest, Value

Directory = Mapping[str, Entry]
"""Entries by their normalised DN."""


class Counts(Value):
    """How many of what; `password_hashes` counts users that have at least one."""

    users: int
    groups: int
    sudo_roles: int
    password_hashes: int


def read_directory(stream: reading.Readable) -> dict[str, Entry]:
    """Parse a whole-tree export. Raises ldif.Malformed, also when one name comes twice."""
    directory: dict[str, Entry] = {}
    for layout, values in reading.rows(stream):
        spelled = values[0].decode()
        name = dn.normal(spelled)
        if name in directory:
            raise ldif.Malformed(None, f"the entry {spelled!r} comes twice")
        directory[name] = Entry(spelled, row=(layout, values))
    return directory


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
    """One sha256 over all entries, blind to their order and to how they are spelled."""
    return digest_of({name: entry.digest() for name, entry in directory.items()})


def digest_of(entries: Mapping[str, bytes]) -> Digest:
    """The same of the entries' own digests by their normalised DN."""
    hashed = hashlib.sha256()
    for name in sorted(entries):
        encoded = name.encode()
        hashed.update(b"%d:%s%s" % (len(encoded), encoded, entries[name]))
    return hashed.hexdigest()


def count(directory: Directory) -> Counts:
    """Wherever in the tree they stand, as the hosts count them too."""
    users = [entry for entry in directory.values() if entry.is_a("posixAccount")]
    return Counts(
        users=len(users),
        groups=sum(entry.is_a("posixGroup") for entry in directory.values()),
        sudo_roles=sum(entry.is_a("sudoRole") for entry in directory.values()),
        password_hashes=sum(entry.has("userpassword") for entry in users),
    )


def without_password_hash(directory: Directory) -> tuple[str, ...]:
    """Users that nobody could log in as after a move; names only."""
    return tuple(
        entry.dn
        for entry in directory.values()
        if entry.is_a("posixAccount") and not entry.has("userpassword")
    )
