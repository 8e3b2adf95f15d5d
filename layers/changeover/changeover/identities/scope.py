"""Scope of a move: which entries of a directory move to another release, and which stay."""

from collections.abc import Collection, Iterable

from changeover.errors import Refused
from changeover.identities.directories import Directory
from changeover.ldap import canonical, dn
from changeover.ldap.entry import Entry
from changeover.ldap.entry_layout import Layout
from changeover.soca.dialect import Dialect

# Object classes of root entries that a slapd package, or a site, creates.
_ROOTS = {"dcobject", "domain", "organization", "organizationalunit", "locality", "country"}


def movable(directory: Directory, dialect: Dialect, leave_out: Iterable[str]) -> dict[str, Entry]:
    """Entries that move to another release, by their normalized DN: all except `excluded`."""
    left = excluded(directory, dialect, leave_out)
    return {name: entry for name, entry in directory.items() if name not in left}


def excluded(directory: Directory, dialect: Dialect, leave_out: Iterable[str]) -> set[str]:
    """Normalized DNs of the entries that stay: scaffold, foreign root, accounts in `leave_out`.

    An account in `leave_out` stays with the entries that only it uses. These are its user entry,
    the group of the same name with its gid and no other member, and the sudo role of the same name
    that grants sudo to nobody else. A group or a role that other users also need moves.
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
    """Normalized DN of the only entry outside the base DN, if it is a bare root; otherwise empty.

    A slapd package created it, and SOCA's installer then gave the database another suffix. slapcat
    prints the entry, but no tool can remove it, and no entry can be added below it.
    """
    base = dn.normal(dialect.base_dn)
    below = f",{base}"
    outside = [name for name in directory if not name.endswith(below) and name != base]
    lone = outside[0] if len(outside) == 1 else ""
    return lone if lone and is_root(directory[lone].row()[0]) else ""


def is_root(layout: Layout) -> bool:
    """Whether entries of this layout are bare roots: they hold no user, group or role."""
    return bool(layout.classes & _ROOTS) and layout.classes <= _ROOTS | {"top"}


def _all_of(directory: Directory, name: str, attribute: str) -> frozenset[bytes]:
    entry = directory.get(name)
    return entry.attributes.get(attribute, frozenset()) if entry else frozenset()


def _folded(members: Iterable[bytes]) -> set[bytes]:
    """Members as slapd compares them: by uid or by DN, both without regard to case."""
    return {canonical.same("member" if b"=" in each else "uid", each) for each in members}


def check_base(names: Collection[str], dialect: Dialect) -> None:
    """Raises Refused when the entries with these normalized DNs have another base DN."""
    given = dn.normal(dialect.base_dn)
    found = given if given in names else base_of(names, dialect)
    if found not in ("", given):
        raise Refused(
            f"the base of this directory is {found}, not {dialect.base_dn}: name that as its"
            " base DN"
        )


def base_of(names: Iterable[str], dialect: Dialect) -> str:
    """Parent DN of the OU in which SOCA keeps its users; empty without such an OU."""
    unit = f",{dn.normal(dialect.people_unit)},"
    found = (f",{name}".partition(unit)[2] for name in names)
    return min(filter(None, found), key=dn.depth, default="")


def scaffold(directory: Directory, dialect: Dialect) -> dict[str, Entry]:
    """Entries that SOCA's installer creates on every release, by their normalized DN."""
    names = {dn.normal(name) for name in dialect.scaffold}
    return {name: entry for name, entry in directory.items() if name in names}
