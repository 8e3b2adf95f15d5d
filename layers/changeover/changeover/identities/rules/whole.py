"""Rules about a directory as a whole, which can only be judged when every entry was seen."""

from collections.abc import Iterator, Mapping

from changeover.dialect import DIALECTS, Dialect
from changeover.identities import dn
from changeover.identities.findings import Rule
from changeover.identities.rules.groups import Groups
from changeover.identities.rules.notes import Note, shown, some
from changeover.identities.rules.sudo_roles import SudoRoles
from changeover.identities.rules.users import HOMES, Users


def notes_on(
    users: Users, groups: Groups, sudo_roles: SudoRoles, dialect: Dialect
) -> Iterator[Note]:
    if not users.entries:
        yield Rule.NO_USER, ""
    yield from _twins(users.entries)
    yield from _twins(groups.entries)
    yield from _shared_homes(users)
    yield from _private_groups(users, groups, dialect)
    yield from _members(users, groups)
    yield from _sudo_users(users, groups, sudo_roles)


def _twins(entries: Mapping[bytes, str]) -> Iterator[Note]:
    """Names that differ, but not to a directory; most names are as they are folded."""
    folded: dict[bytes, str] = {}
    for name, entry in entries.items():
        if (low := name.lower()) != name:
            other = entries.get(low) or folded.setdefault(low, entry)
            if other != entry:
                yield Rule.TWIN_NAMES, entry, shown(name), other


def _shared_homes(users: Users) -> Iterator[Note]:
    """A home that is called after another user, who lives there too."""
    elsewhere = frozenset(users.unusual_homes.values())
    for home, entry in users.unusual_homes.items():
        owner = users.entries.get(home.removeprefix(HOMES)) if home.startswith(HOMES) else None
        if owner is not None and owner not in elsewhere:
            yield Rule.SHARED_HOME, entry, shown(home), owner


def _private_groups(users: Users, groups: Groups, dialect: Dialect) -> Iterator[Note]:
    suffix = dialect.private_group_suffix.encode()
    later = _later_suffixes(dialect)
    for uid, gid in users.gids():
        group = uid + suffix
        if not groups.has(group, gid):
            yield _without_private_group(users.entries[uid], gid, group, groups)
            continue
        for reserved in later:
            if entry := groups.entries.get(uid + reserved):
                yield Rule.RESERVED_NAME, entry, shown(uid)


def _without_private_group(entry: str, gid: int, group: bytes, groups: Groups) -> Note:
    if gid not in groups.holders:
        return Rule.GID_WITHOUT_GROUP, entry, gid
    fault = f"has another gidNumber than {gid}" if group in groups.entries else "does not exist"
    return Rule.PRIVATE_GROUP, entry, shown(group), fault


def _later_suffixes(dialect: Dialect) -> frozenset[bytes]:
    """What later dialects put behind a user's name where this one does not."""
    names = list(DIALECTS)
    later = (DIALECTS[name] for name in names[names.index(dialect.name) + 1 :])
    suffixes = {each.private_group_suffix for each in later} - {dialect.private_group_suffix}
    return frozenset(suffix.encode() for suffix in suffixes)


def _members(users: Users, groups: Groups) -> Iterator[Note]:
    names = frozenset(users.entries.values()) if groups.doubtful else frozenset()
    for entry, members in groups.doubtful.items():
        if by_dn := [member for member in members if b"=" in member]:
            yield Rule.MEMBER_BY_DN, entry, some(by_dn)
        if strangers := [
            member
            for member in members
            if member not in users.entries and _normal(member) not in names
        ]:
            yield Rule.STRAY_MEMBER, entry, some(strangers)


def _normal(member: bytes) -> str:
    try:
        return dn.normal(member.decode())
    except ValueError:  # also when it is not UTF-8
        return ""


def _sudo_users(users: Users, groups: Groups, sudo_roles: SudoRoles) -> Iterator[Note]:
    for entry, names in sudo_roles.users.items():
        if strangers := [name for name in names if not _is_somebody(name, users, groups)]:
            yield Rule.STRAY_SUDO_USER, entry, some(strangers)


def _is_somebody(name: bytes, users: Users, groups: Groups) -> bool:
    """Besides, sudo knows everybody, numbers, netgroups and groups of other sources."""
    name = name.removeprefix(b"!")
    if name == b"ALL" or name.startswith((b"#", b"+", b"%#", b"%:")):
        return True
    return name[1:] in groups.entries if name.startswith(b"%") else name in users.entries
