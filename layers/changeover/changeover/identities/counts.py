"""The number of users, groups and sudo roles, and of users who can log in."""

from collections.abc import Iterator, Mapping
from typing import Self

from changeover.identities.passwords import Kind
from changeover.types import Value


class Counts(Value):
    """Counts of entries. Each user is in exactly one of the counts by userPassword.

    Users in `password_hashes` (a working hash) and `clear_text` can log in. Users in
    `host_dependent` can log in on some of the hosts that slapd may run on. Users in `locked`,
    `without_password` and `unusable` cannot log in. 0.1.0 counted only `password_hashes`.
    """

    users: int
    groups: int
    sudo_roles: int
    password_hashes: int
    clear_text: int = 0
    host_dependent: int = 0
    locked: int = 0
    without_password: int = 0
    unusable: int = 0

    @classmethod
    def of(cls, users: int, groups: int, sudo_roles: int, passwords: Mapping[Kind, int]) -> Self:
        """Build the counts. `passwords` is the number of users by kind of password."""
        sums = {
            field: sum(passwords.get(kind, 0) for kind in kinds) for field, kinds in _FIELDS.items()
        }
        return cls(users=users, groups=groups, sudo_roles=sudo_roles, **sums)

    @property
    def total(self) -> int:
        return self.users + self.groups + self.sudo_roles

    @property
    def with_login(self) -> int:
        """The number of users who can log in with a password on at least one kind of host."""
        return self.password_hashes + self.clear_text + self.host_dependent

    def logins_in_words(self) -> str:
        """Return, as text, how many users can log in by password, and why others cannot."""
        return ", ".join(self._logins())

    def _logins(self) -> Iterator[str]:
        yield f"{self.password_hashes + self.clear_text:,} can log in by password"
        for number, what in (
            (self.host_dependent, "by the host's operating system"),
            (self.locked, "locked"),
            (self.without_password, "without a password"),
            (self.unusable, "with one that opens nothing"),
        ):
            if number:
                yield f"{number:,} {what}"


COUNTED_LATER = frozenset(Counts.model_fields.keys()) - {
    *("users", "groups", "sudo_roles", "password_hashes")
}
"""Fields that records stored by 0.1.0 lack."""
_FIELDS = {
    "password_hashes": (Kind.USABLE,),
    "clear_text": (Kind.CLEAR_TEXT,),
    "host_dependent": (Kind.HOST_DEPENDENT,),
    "locked": (Kind.OPEN_LOCK, Kind.LOCKED),
    "without_password": (Kind.NONE,),
    "unusable": (Kind.ELSEWHERE, Kind.FOREIGN, Kind.DAMAGED),
}
