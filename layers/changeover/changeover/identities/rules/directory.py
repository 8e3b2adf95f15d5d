"""Rules about the whole directory, which can be checked only when every entry was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from changeover.identities.findings import Rule
from changeover.identities.rules import privileges
from changeover.identities.rules.collector import Note, printable, some
from changeover.identities.rules.groups import Groups
from changeover.identities.rules.netgroups import Netgroups
from changeover.identities.rules.sudo_roles import SudoRoles
from changeover.identities.rules.users import HOMES, Users
from changeover.ldap import dn
from changeover.soca.dialect import DIALECTS, Dialect


def notes_on(
    users: Users,
    groups: Groups,
    sudo_roles: SudoRoles,
    netgroups: Netgroups,
    dialect: Dialect,
) -> Iterator[Note]:
    if not users.entries:
        yield Rule.NO_USER, ""
    yield from users.logins.notes()
    yield from _twins(users.entries)
    yield from _twins(groups.entries)
    yield from _shared_homes(users)
    yield from _private_groups(users, groups, dialect)
    yield from _reserved_names(users, groups, dialect)
    cases = _Cases(users, groups)
    yield from _members(users, groups, cases)
    yield from _sudo_users(users, groups, sudo_roles, cases)
    for entry, names in netgroups.users.items():
        yield from cases.notes(entry, cases.of_case(names))


def _twins(entries: Mapping[bytes, str]) -> Iterator[Note]:
    """Names that differ only in case, so that slapd regards them as equal."""
    together = b"".join(entries)
    if together == together.lower():
        return
    folded: dict[bytes, str] = {}
    for name, entry in entries.items():
        if (other := folded.setdefault(name.lower(), entry)) != entry:
            yield Rule.TWIN_NAMES, entry, printable(name), other


def _shared_homes(users: Users) -> Iterator[Note]:
    """A home directory that has another user's name and is also that user's home."""
    elsewhere = frozenset(users.unusual_homes.values())
    for home, entry in users.unusual_homes.items():
        owner = users.entries.get(home.removeprefix(HOMES)) if home.startswith(HOMES) else None
        if owner is not None and owner not in elsewhere:
            yield Rule.SHARED_HOME, entry, printable(home), owner


def _private_groups(users: Users, groups: Groups, dialect: Dialect) -> Iterator[Note]:
    suffix = dialect.private_group_suffix.encode()
    holders = map(groups.holders.get, users.numbers)
    for (number, uid), holder in zip(users.numbers.items(), holders, strict=True):
        if holder != uid + suffix and uid not in users.other_gids:
            yield from _private_group(uid, number, uid + suffix, users, groups)
    for uid, gid in users.other_gids.items():
        if gid is not None:
            yield from _private_group(uid, gid, uid + suffix, users, groups)


def _private_group(
    uid: bytes, gid: int, group: bytes, users: Users, groups: Groups
) -> Iterator[Note]:
    if gid not in groups.holders:
        # The rule `privileged` reports these gidNumbers.
        if not privileges.of_gid(gid):
            yield Rule.GID_WITHOUT_GROUP, users.entries[uid], gid
    elif not groups.has(group, gid):
        known = group in groups.entries
        fault = f"has another gidNumber than {gid}" if known else "does not exist"
        yield Rule.PRIVATE_GROUP, users.entries[uid], printable(group), fault


def _reserved_names(users: Users, groups: Groups, dialect: Dialect) -> Iterator[Note]:
    """Group names that later dialects give to private groups, but this dialect does not."""
    names = list(DIALECTS)
    later = (DIALECTS[name] for name in names[names.index(dialect.name) + 1 :])
    suffixes = {each.private_group_suffix for each in later} - {dialect.private_group_suffix}
    for suffix in (each.encode() for each in suffixes):
        for cn, entry in groups.entries.items():
            if cn.endswith(suffix) and (uid := cn.removesuffix(suffix)) in users.entries:
                yield Rule.RESERVED_NAME, entry, printable(uid)


class _Cases:
    """Names that differ only in case from a user or group. LDAP ignores case, Linux does not."""

    def __init__(self, users: Users, groups: Groups) -> None:
        self._users = users.entries
        self._groups = groups.entries

    @cached_property
    def _folded(self) -> dict[bytes, bytes]:
        groups = {b"%" + cn: b"%" + cn for cn in self._groups}
        return {each.lower(): each for each in (*groups, *self._users)}

    def of_case(self, names: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
        """Return (name, correct name) for each name that differs in case from a user or %group."""
        return [
            (name, meant)
            for name in names
            if name not in self._users
            and (meant := self._folded.get(name.removeprefix(b"!").lower()))
            and meant != name.removeprefix(b"!")
        ]

    def notes(self, entry: str, pairs: Sequence[tuple[bytes, bytes]]) -> Iterator[Note]:
        if pairs:
            named, meant = zip(*pairs, strict=True)
            yield Rule.MEMBER_CASE, entry, some(named), some(meant)


def _members(users: Users, groups: Groups, cases: _Cases) -> Iterator[Note]:
    names = frozenset(users.entries.values()) if groups.doubtful else frozenset()
    for entry, members in groups.doubtful.items():
        if by_dn := [member for member in members if b"=" in member]:
            yield Rule.MEMBER_BY_DN, entry, some(by_dn)
        if strangers := [
            member
            for member in members
            if member not in users.entries and _normal(member) not in names
        ]:
            pairs = cases.of_case(strangers)
            yield from cases.notes(entry, pairs)
            known = {name for name, _ in pairs}
            if unknown := [each for each in strangers if each not in known]:
                yield Rule.STRAY_MEMBER, entry, some(unknown)


def _normal(member: bytes) -> str:
    try:
        return dn.normal(member.decode())
    except ValueError:  # also when it is not UTF-8
        return ""


def _sudo_users(
    users: Users, groups: Groups, sudo_roles: SudoRoles, cases: _Cases
) -> Iterator[Note]:
    for entry, names in sudo_roles.users.items():
        strangers = [name for name in names if not _is_somebody(name, users, groups)]
        if not strangers:
            continue
        pairs = cases.of_case(strangers)
        yield from cases.notes(entry, pairs)
        known = {name for name, _ in pairs}
        if unknown := [each for each in strangers if each not in known]:
            yield Rule.STRAY_SUDO_USER, entry, some(unknown)


def _is_somebody(name: bytes, users: Users, groups: Groups) -> bool:
    """Whether a sudoUser exists. ALL, numbers, netgroups and other groups count too."""
    name = name.removeprefix(b"!")
    if name == b"ALL" or name.startswith((b"#", b"+", b"%#", b"%:")):
        return True
    return name[1:] in groups.entries if name.startswith(b"%") else name in users.entries
