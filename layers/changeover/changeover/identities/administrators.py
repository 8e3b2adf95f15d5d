"""Who administers SOCA's web interface: on live, and by the rules of the release to come."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from changeover.ldap.matching import folded, squeezed
from changeover.soca.sign_in import AdministratorRule
from changeover.types import Value

_SHOWN = 20
_LONGEST = 40


class Names(Value):
    """How many they are, and the first of them."""

    number: int
    first: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        ordered = sorted(names)
        return cls(number=len(ordered), first=tuple(map(_printed, ordered[:_SHOWN])))

    def __str__(self) -> str:
        more = self.number - len(self.first)
        told = f"{', '.join(self.first)}{f' and {more} more' if more else ''}"
        return f"{self.number} ({told})" if self.number else "none"


class Administration(Value):
    """Administrators among those who move, by the rules of live and of the candidate."""

    before: Names
    after: Names


class Roles:
    """What stands below the Sudoers unit: entries by folded cn, roles by the users they name."""

    def __init__(self) -> None:
        self._names: set[bytes] = set()
        self._users: dict[bytes, list[str]] = {}
        self._spellings: dict[bytes, list[bytes]] = {}

    def add_name(self, cn: bytes) -> None:
        self._names.add(folded(cn))

    def add_users(self, role: str, users: Iterable[bytes]) -> None:
        for user in {squeezed(user) for user in users}:
            if user not in self._users:
                self._spellings.setdefault(folded(user), []).append(user)
            self._users.setdefault(user, []).append(role)

    def candidates(self) -> set[bytes]:
        """Folded names of all who may be administrators by any rule."""
        return self._names.union(self._spellings)

    def judge(self, rule: AdministratorRule, name: bytes) -> "Verdict":
        """Whether a user of that uid administers.

        People log in by any spelling of their name, and SOCA looks for the role as it was typed.
        """
        if rule is AdministratorRule.ROLE_NAME:
            named = folded(name) in self._names
            return Verdict(Degree.SURELY) if named else Verdict(Degree.NOT, "no role has its name")
        roles = self._users.get(squeezed(name), [])
        if len(roles) == 1:
            return Verdict(Degree.SURELY, f"{roles[0]} alone has it as sudoUser")
        for spelled, role in self._spelled(name):
            why = f"{role} alone has {_shown(spelled)} as sudoUser"
            return Verdict(Degree.BY_OTHER_SPELLING, why)
        return Verdict(Degree.NOT, _why_none(len(roles)))

    def _spelled(self, name: bytes) -> Iterator[tuple[bytes, str]]:
        """Other spellings that one role has, and that role."""
        for user in sorted(self._spellings.get(folded(name), ())):
            if len(roles := self._users[user]) == 1:
                yield user, roles[0]


class Degree(Enum):
    """Whether somebody administers, who may log in by another spelling than the entry's."""

    SURELY = "surely"
    BY_OTHER_SPELLING = "by another spelling"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Verdict:
    degree: Degree
    why: str = ""

    @property
    def surely(self) -> bool:
        return self.degree is Degree.SURELY

    @property
    def possibly(self) -> bool:
        return self.degree is not Degree.NOT


@dataclass(frozen=True, slots=True)
class Standing:
    """What one user is before and after a move."""

    entry: str
    name: bytes
    before: Verdict
    after: Verdict

    @property
    def gained(self) -> bool:
        return self.after.possibly and not self.before.possibly

    @property
    def lost(self) -> bool:
        return self.before.surely and not self.after.surely

    @property
    def changed(self) -> bool:
        return self.before.degree is not self.after.degree


def summary(standings: Iterable[Standing]) -> Administration:
    each = list(standings)
    return Administration(
        before=Names.of(_shown(one.name) for one in each if one.before.possibly),
        after=Names.of(_shown(one.name) for one in each if one.after.possibly),
    )


def spelled_by_entry(users: Mapping[bytes, str], entries: set[str]) -> Iterator[tuple[str, bytes]]:
    """Those of some entries that are users, and their uids."""
    return ((entry, uid) for uid, entry in users.items() if entry in entries)


def _why_none(roles: int) -> str:
    return f"{roles} roles have it as sudoUser, not one" if roles else "no role has it as sudoUser"


def _shown(name: bytes) -> str:
    return name.decode(errors="backslashreplace")


def _printed(name: str) -> str:
    """In one line, whatever somebody was called."""
    escaped = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
    return escaped if len(escaped) <= _LONGEST else f"{escaped[:_LONGEST]}…"
