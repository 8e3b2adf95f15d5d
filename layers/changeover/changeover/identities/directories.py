"""A directory as a whole: read and written, counted, digested, and what of it moves."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from changeover.errors import Refused
from changeover.identities.counts import Counts
from changeover.identities.passwords import Kind, chosen, judge
from changeover.ldap import canonical, dn, fast_reader, ldif, schema
from changeover.ldap.entry import Entry
from changeover.ldap.entry_layout import Layout
from changeover.ldap.pages import Readable
from changeover.soca.crypt_methods import EVERY_HOST, Hosts
from changeover.soca.dialect import Dialect
from changeover.types import Digest

# What a package of slapd, or a site, makes a root of.
_ROOTS = {"dcobject", "domain", "organization", "organizationalunit", "locality", "country"}

Directory = Mapping[str, Entry]
"""Entries by their normalized DN."""


def read_directory(stream: Readable) -> dict[str, Entry]:
    """Parse a whole-tree export. Raises ldif.Malformed, also when one name comes twice."""
    directory: dict[str, Entry] = {}
    for layout, values in fast_reader.rows(stream):
        spelled = values[0].decode()
        name = name_of(spelled)
        if name in directory:
            raise ldif.Malformed(None, f"the entry {spelled!r} comes twice: remove one of them")
        directory[name] = Entry(spelled, row=(layout, values))
    return directory


def name_of(spelled: str) -> str:
    """An entry's one name, as read. Raises ldif.Malformed."""
    try:
        return dn.normal(spelled)
    except ValueError:
        raise ldif.Malformed(
            None,
            f"{spelled!r} is no name of an entry, such as 'uid=mary,ou=People,dc=soca,dc=local'",
        ) from None


def write_directory(entries: Iterable[Entry]) -> Iterator[bytes]:
    """LDIF of the entries, parents ahead of their children."""
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


def movable(directory: Directory, dialect: Dialect, leave_out: Iterable[str]) -> dict[str, Entry]:
    """What moves to another release: all that does not stay."""
    left = excluded(directory, dialect, leave_out)
    return {name: entry for name, entry in directory.items() if name not in left}


def excluded(directory: Directory, dialect: Dialect, leave_out: Iterable[str]) -> set[str]:
    """Names of what a release keeps: scaffold, foreign root, and all that is an account's alone.

    An account's are the user, the group of its name that has its gid and no other member, and the
    sudo role of its name that lets nobody else use sudo. Others would lose a group or a role that
    is also theirs.
    """
    left = {dn.normal(name) for name in dialect.scaffold} | {foreign_root(directory, dialect)}
    for account in leave_out:
        user, group, role = map(dn.normal, dialect.account_entries(account))
        left.add(user)
        own = _folded({account.encode(), user.encode()})
        same_gid = _all_of(directory, user, "gidnumber") & _all_of(directory, group, "gidnumber")
        if same_gid and _folded(_all_of(directory, group, "memberuid")) <= own:
            left.add(group)
        if _folded(_all_of(directory, role, "sudouser")) <= own:
            left.add(role)
    return left & directory.keys()


def foreign_root(directory: Directory, dialect: Dialect) -> str:
    """The one entry outside the base DN if it is but a root; empty if there is none such.

    A package of slapd made it, and SOCA's installer then gave the database another suffix: no tool
    can remove the entry, slapcat prints it, and nothing can stand below it.
    """
    base = dn.normal(dialect.base_dn)
    below = f",{base}"
    outside = [name for name in directory if not name.endswith(below) and name != base]
    lone = outside[0] if len(outside) == 1 else ""
    return lone if lone and is_root(directory[lone].row()[0]) else ""


def is_root(layout: Layout) -> bool:
    """Whether entries of the layout can be roots and hold nobody."""
    return bool(layout.classes & _ROOTS) and layout.classes <= _ROOTS | {"top"}


def _all_of(directory: Directory, name: str, attribute: str) -> frozenset[bytes]:
    entry = directory.get(name)
    return entry.attributes.get(attribute, frozenset()) if entry else frozenset()


def _folded(members: Iterable[bytes]) -> set[bytes]:
    """Each is called by its uid or by its DN; to a directory, case counts in neither."""
    return {canonical.same("member" if b"=" in each else "uid", each) for each in members}


def check_base(names: Collection[str], dialect: Dialect) -> None:
    """Raises Refused when the entries of these normalized names have another base DN."""
    given = dn.normal(dialect.base_dn)
    found = given if given in names else base_of(names, dialect)
    if found not in ("", given):
        raise Refused(
            f"the base of this directory is {found}, not {dialect.base_dn}: name that as its"
            " base DN"
        )


def base_of(names: Iterable[str], dialect: Dialect) -> str:
    """What the unit that SOCA keeps its people in stands below; empty if there is no such unit."""
    unit = f",{dn.normal(dialect.people_unit)},"
    found = (f",{name}".partition(unit)[2] for name in names)
    return min(filter(None, found), key=dn.depth, default="")


def scaffold(directory: Directory, dialect: Dialect) -> dict[str, Entry]:
    """The entries that the installer makes on every release."""
    names = {dn.normal(name) for name in dialect.scaffold}
    return {name: entry for name, entry in directory.items() if name in names}


def digest(directory: Directory) -> Digest:
    """One sha256 over all entries, blind to their order and to how they are spelled."""
    return digest_of({name: entry.digest() for name, entry in directory.items()})


def digest_of(entries: Mapping[str, bytes]) -> Digest:
    """The same of the entries' own digests by their normalized DN."""
    hashed = hashlib.sha256()
    for name in sorted(entries):
        encoded = name.encode()
        hashed.update(b"%d:%s%s" % (len(encoded), encoded, entries[name]))
    return hashed.hexdigest()


def count(directory: Directory, hosts: Hosts = EVERY_HOST) -> Counts:
    """Wherever in the tree they stand, as the hosts count them too. slapd may run on `hosts`."""
    users = [entry for entry in directory.values() if entry.is_a("posixAccount")]
    return Counts.of(
        users=len(users),
        groups=sum(entry.is_a("posixGroup") for entry in directory.values()),
        sudo_roles=sum(entry.is_a("sudoRole") for entry in directory.values()),
        passwords=Counter(_password(user, hosts) for user in users),
    )


def with_login(directory: Directory, hosts: Hosts = EVERY_HOST) -> frozenset[str]:
    """Names of users who can log in with a password, on some of the hosts at least."""
    return frozenset(
        name
        for name, entry in directory.items()
        if entry.is_a("posixAccount") and _password(entry, hosts) <= Kind.HOST_DEPENDENT
    )


def _password(user: Entry, hosts: Hosts) -> Kind:
    layout, values = user.row()
    return judge(chosen(layout.all(values, "userpassword"), hosts), hosts).kind
