"""Administrators of SOCA's web interface, by the rules of the live release and of the candidate."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from changeover.ldap.matching import folded, squeezed
from changeover.soca.sign_in import AdministratorRule
from changeover.types import Value

_SHOWN = 20
_LONGEST = 40


class Names(Value):
    """The number of names, and the first of them."""

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
    """Administrators among the users who move: `before` by live's rules, `after` by candidate's."""

    before: Names
    after: Names


class Roles:
    """The entries below the Sudoers OU: their cn in folded case, and sudo roles by sudoUser."""

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
        """Return the folded names of all possible administrators, by any rule."""
        return self._names.union(self._spellings)

    def judge(self, rule: AdministratorRule, name: bytes) -> "Verdict":
        """Return whether the user with this uid is an administrator.

        Users can log in with any capitalization of the uid. SOCA then looks up the role exactly as
        the user typed the name.
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
        """Yield other capitalizations of the name that exactly one role has, with that role."""
        for user in sorted(self._spellings.get(folded(name), ())):
            if len(roles := self._users[user]) == 1:
                yield user, roles[0]


class Degree(Enum):
    """Whether a user is an administrator, perhaps only with another capitalization of the uid."""

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
    """Whether one user is an administrator before and after a move."""

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
    """Yield (DN, uid) of the users that are in `entries`."""
    return ((entry, uid) for uid, entry in users.items() if entry in entries)


def _why_none(roles: int) -> str:
    return f"{roles} roles have it as sudoUser, not one" if roles else "no role has it as sudoUser"


def _shown(name: bytes) -> str:
    return name.decode(errors="backslashreplace")


def _printed(name: str) -> str:
    """Return the name on one line: escape control characters and cut it at 40 characters."""
    escaped = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
    return escaped if len(escaped) <= _LONGEST else f"{escaped[:_LONGEST]}…"
