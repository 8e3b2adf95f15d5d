"""Users who can become root by sudo or by a group, determined when every entry was read."""

from collections.abc import Iterator
from functools import cached_property

from changeover.identities.rules import privileges, root_commands
from changeover.identities.rules.collector import printable, some
from changeover.identities.rules.groups import Groups
from changeover.identities.rules.netgroups import Netgroups
from changeover.identities.rules.privileges import Privilege
from changeover.identities.rules.sudo_roles import Role, SudoRoles
from changeover.identities.rules.users import Users

_OWN = "its own sudo role, as SOCA creates it"
_DEFAULTS = b"defaults"
_ROOT = frozenset((b"root", b"#0"))
_AS_ROOT = frozenset((*_ROOT, b"ALL"))
_WITHOUT_PASSWORD = b"!authenticate"
_DIGITS = 19
_EXEMPT = b"exempt_group"


class SudoPrivileges:
    """Finds the users who can become root by sudo roles, groups and netgroups."""

    def __init__(
        self, users: Users, groups: Groups, netgroups: Netgroups, sudo_roles: SudoRoles
    ) -> None:
        self._users = users
        self._groups = groups
        self._netgroups = netgroups
        self._roles = sudo_roles.roles
        self._meant: dict[bytes, tuple[bytes, ...]] = {}

    def all(self) -> Iterator[Privilege]:
        yield from self._users.privileged
        for entry, (cn, way) in self._groups.privileged.items():
            if names := self._members(cn, entry):
                yield Privilege(entry, names, way)
        for entry, role in self._roles.items():
            yield from self._of_defaults(entry, role)
            yield from self._of_role(entry, role)

    def _of_defaults(self, entry: str, role: Role) -> Iterator[Privilege]:
        if _DEFAULTS not in map(bytes.lower, role.names):
            return
        for option in role.options:
            name = option.partition(b"=")[0].strip().rstrip(b"+")
            if _plain_option(option) == _WITHOUT_PASSWORD or name == _EXEMPT:
                way = f"sudo for all who may use it: sudoOption {printable(option)}"
                yield Privilege(entry, (b"all who may use sudo",), way)

    def _of_role(self, entry: str, role: Role) -> Iterator[Privilege]:
        named = [user for user in role.users if not user.startswith(b"!") and user not in _ROOT]
        to_root = root_commands.to_root(role.commands) or root_commands.freed_by(
            role.options, role.commands
        )
        if not named or not to_root or not _as_root(role):
            return
        no_password = any(_plain_option(each) == _WITHOUT_PASSWORD for each in role.options)
        own = len(named) == 1 and named[0].lower() in map(bytes.lower, role.names)
        if own and list(role.commands) == [b"ALL"] and not (no_password or role.of_user):
            if named[0] in self._users.entries:
                yield Privilege(entry, (named[0],), _OWN, ordinary=True)
            return
        what = some([*to_root, *(each for each in role.commands if each.startswith(b"!"))])
        way = f"sudo role {printable(role.names[0])}: {what}"
        way += ", without a password" if no_password else ""
        way += ", in an account's own entry" if role.of_user else ""
        for user in dict.fromkeys(named):
            yield Privilege(entry, self._named(user), f"{way}{_by(user)}")

    def _named(self, user: bytes) -> tuple[bytes, ...]:
        """Return the users that a sudoUser value means, or the value itself if that is unknown.

        Cached, because many roles may name the same large group.
        """
        if user not in self._meant:
            self._meant[user] = self._looked_up(user)
        return self._meant[user]

    def _looked_up(self, user: bytes) -> tuple[bytes, ...]:
        found: tuple[bytes, ...] = ()
        if user.startswith(b"%#"):
            cn = self._groups.holders.get(_number(user[2:]))
            found = self._members(cn, self._groups.entries[cn]) if cn is not None else ()
        elif user.startswith(b"%") and (entry := self._groups.entries.get(user[1:])):
            found = self._members(user[1:], entry)
        elif user.startswith(b"#"):
            uid = self._users.numbers.get(_number(user[1:]))
            found = (uid,) if uid is not None else ()
        elif user.startswith(b"+"):
            found = self._netgroups.users_of(user[1:])
        return found or (user,)

    def _members(self, cn: bytes, entry: str) -> tuple[bytes, ...]:
        named = self._groups.members.get(entry, ())
        return tuple(dict.fromkeys((*named, *self._primary(self._gids.get(cn, -1)))))

    @cached_property
    def _gids(self) -> dict[bytes, int]:
        return self._groups.gids()

    def _primary(self, gid: int) -> list[bytes]:
        """Return users whose primary group this is. Most users have gidNumber = uidNumber."""
        users = self._of_other_gid.get(gid, [])
        own = self._users.numbers.get(gid)
        return users if own is None or own in self._users.other_gids else [*users, own]

    @cached_property
    def _of_other_gid(self) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = {}
        for uid, gid in self._users.other_gids.items():
            if gid is not None:
                found.setdefault(gid, []).append(uid)
        return found


def _as_root(role: Role) -> bool:
    """Whether the role runs commands as root. That is so without a sudoRunAsUser.

    A sudoRunAsGroup can be equivalent to root.
    """
    users = [each for each in role.run_as if not each.startswith(b"!")]
    groups = (each.lower() for each in role.run_as_groups if not each.startswith(b"!"))
    return (
        not role.run_as
        or any(each in _AS_ROOT or each.startswith((b"%", b"+")) for each in users)
        or any(each.lower() in privileges.SUDOERS for each in users)
        or any(each in (b"all", b"#0") or each in privileges.GROUPS for each in groups)
    )


def _plain_option(option: bytes) -> bytes:
    return option.replace(b" ", b"").lower()


def _by(user: bytes) -> str:
    kinds = {b"%": "group", b"+": "netgroup", b"#": "uid"}
    kind = kinds.get(user[:1])
    return f", by {kind} {printable(user)}" if kind else ""


def _number(text: bytes) -> int:
    """Return the number, or -1 if no entry can have it."""
    return int(text) if text.isdigit() and len(text) <= _DIGITS else -1
