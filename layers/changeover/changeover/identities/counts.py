"""How many users, groups and sudo roles there are, and who of the users can log in."""

from collections.abc import Iterator, Mapping
from typing import Self

from changeover.identities.passwords import Kind
from changeover.types import Value


class Counts(Value):
    """Users by their userPassword, each in one number.

    `password_hashes` have a hash that opens, `clear_text` a password that is kept as it is typed:
    they can log in. `host_dependent` can on some hosts that slapd may run on, `locked`,
    `without_password` and `unusable` cannot. All but the first were not counted by 0.1.0.
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
        """By how many users have a password of each kind."""
        sums = {
            field: sum(passwords.get(kind, 0) for kind in kinds) for field, kinds in _FIELDS.items()
        }
        return cls(users=users, groups=groups, sudo_roles=sudo_roles, **sums)

    @property
    def total(self) -> int:
        return self.users + self.groups + self.sudo_roles

    @property
    def with_login(self) -> int:
        """Users who can log in with a password, on some of the hosts at least."""
        return self.password_hashes + self.clear_text + self.host_dependent

    def logins_in_words(self) -> str:
        """Who of the users can log in with a password, and why the others cannot."""
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
"""Fields that what 0.1.0 stored lacks."""
_FIELDS = {
    "password_hashes": (Kind.USABLE,),
    "clear_text": (Kind.CLEAR_TEXT,),
    "host_dependent": (Kind.HOST_DEPENDENT,),
    "locked": (Kind.OPEN_LOCK, Kind.LOCKED),
    "without_password": (Kind.NONE,),
    "unusable": (Kind.ELSEWHERE, Kind.FOREIGN, Kind.DAMAGED),
}
