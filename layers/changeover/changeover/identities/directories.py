"""A whole directory: read and written, counted and digested."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from changeover.identities.counts import Counts
from changeover.identities.passwords import Kind, chosen, judge
from changeover.ldap import dn, fast_reader, ldif, schema
from changeover.ldap.entry import Entry
from changeover.ldap.pages import Readable
from changeover.soca.crypt_methods import EVERY_HOST, Hosts
from changeover.types import Digest

Directory = Mapping[str, Entry]
"""Entries by their normalized DN."""


def read_directory(stream: Readable) -> dict[str, Entry]:
    """Parse an export of the whole tree. Raises ldif.Malformed, also if a DN occurs twice."""
    directory: dict[str, Entry] = {}
    for layout, values in fast_reader.rows(stream):
        spelled = values[0].decode()
        name = name_of(spelled)
        if name in directory:
            raise ldif.Malformed(None, f"the entry {spelled!r} comes twice: remove one of them")
        directory[name] = Entry(spelled, row=(layout, values))
    return directory


def name_of(spelled: str) -> str:
    """Return the normalized DN. Raises ldif.Malformed if the text is not a DN."""
    try:
        return dn.normal(spelled)
    except ValueError:
        raise ldif.Malformed(
            None,
            f"{spelled!r} is not a DN such as 'uid=mary,ou=People,dc=soca,dc=local'",
        ) from None


def write_directory(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the entries as LDIF, parents before their children."""
    in_order = sorted(entries, key=lambda entry: dn.depth(dn.normal(entry.dn)))
    return ldif.write(
        ldif.Record(
            entry.dn,
            [
                (schema.spelled(name), value)
                for name, values in entry.in_order()
                for value in values
            ],
        )
        for entry in in_order
    )


def digest(directory: Directory) -> Digest:
    """Return one sha256 over all entries. Their order and the spelling of DNs do not matter."""
    return digest_of({name: entry.digest() for name, entry in directory.items()})


def digest_of(entries: Mapping[str, bytes]) -> Digest:
    """Return the same digest, from the digest of each entry by its normalized DN."""
    hashed = hashlib.sha256()
    for name in sorted(entries):
        encoded = name.encode()
        hashed.update(b"%d:%s%s" % (len(encoded), encoded, entries[name]))
    return hashed.hexdigest()


def count(directory: Directory, hosts: Hosts = EVERY_HOST) -> Counts:
    """Count entries in the whole tree, as the hosts count them. slapd may run on `hosts`."""
    users = [entry for entry in directory.values() if entry.is_a("posixAccount")]
    return Counts.of(
        users=len(users),
        groups=sum(entry.is_a("posixGroup") for entry in directory.values()),
        sudo_roles=sum(entry.is_a("sudoRole") for entry in directory.values()),
        passwords=Counter(_password(user, hosts) for user in users),
    )


def with_login(directory: Directory, hosts: Hosts = EVERY_HOST) -> frozenset[str]:
    """Return the DNs of users who can log in with a password on at least one kind of host."""
    return frozenset(
        name
        for name, entry in directory.items()
        if entry.is_a("posixAccount") and _password(entry, hosts) <= Kind.HOST_DEPENDENT
    )


def _password(user: Entry, hosts: Hosts) -> Kind:
    layout, values = user.row()
    return judge(chosen(layout.all(values, "userpassword"), hosts), hosts).kind
