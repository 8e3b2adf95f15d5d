"""Rules about sudo roles. Up to SOCA 2.7, a role's name makes that user an administrator."""

from collections.abc import Sequence
from typing import NamedTuple

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Notes, some
from changeover.identities.rules.entries import Check
from changeover.ldap.entry_layout import Layout, Values


class Role(NamedTuple):
    """The contents of a sudo role. `of_user`: the entry is also a user."""

    names: Sequence[bytes]
    users: Sequence[bytes]
    commands: Sequence[bytes]
    options: Sequence[bytes]
    run_as: Sequence[bytes]
    run_as_groups: Sequence[bytes]
    of_user: bool


class SudoRoles:
    """The sudo roles by DN: their users in `users`, their contents in `roles`."""

    def __init__(self, notes: Notes, *, named: bool = True) -> None:
        """`named`: a user is an administrator if a role has the user's name."""
        self._named = named
        self.users: dict[str, tuple[bytes, ...]] = {}
        self.roles: dict[str, Role] = {}
        self._note = notes.note

    def check_of(self, layout: Layout, _values: Values) -> Check:
        """Return a check for every sudo role of the layout."""
        of_user = "posixaccount" in layout.classes

        def check(entry: str, values: Values) -> None:
            users = layout.all(values, "sudouser")
            names = layout.all(values, "cn") or (_rdn_value(entry),)
            lowered = {user.lower() for user in users}
            # A role without users grants nothing; cn=defaults contains options for all roles.
            if self._named and users and lowered.isdisjoint(name.lower() for name in names):
                self._note(Rule.SUDO_ROLE_NAME, entry, some(users))
            self.users[entry] = users
            self.roles[entry] = Role(
                names,
                users,
                layout.all(values, "sudocommand"),
                layout.all(values, "sudooption"),
                layout.all(values, "sudorunasuser") + layout.all(values, "sudorunas"),
                layout.all(values, "sudorunasgroup"),
                of_user,
            )

        return check


def _rdn_value(entry: str) -> bytes:
    return entry.partition(",")[0].partition("=")[2].encode()
