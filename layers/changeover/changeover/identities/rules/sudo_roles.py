"""Rules about sudo roles: SOCA's administrators are those that a role is called after."""

from changeover.identities.findings import Rule
from changeover.identities.layouts import Layout, Values
from changeover.identities.rules.entries import Check
from changeover.identities.rules.notes import Notes, some


class SudoRoles:
    """Whom each role lets use sudo, by its entry."""

    def __init__(self, notes: Notes) -> None:
        self.users: dict[str, tuple[bytes, ...]] = {}
        self._note = notes.note

    def check_of(self, layout: Layout, _values: Values) -> Check:
        """A check for every sudo role of the layout."""

        def check(entry: str, values: Values) -> None:
            users = layout.all(values, "sudouser")
            names = layout.all(values, "cn") or (_rdn_value(entry),)
            if {name.lower() for name in names}.isdisjoint(user.lower() for user in users):
                self._note(Rule.SUDO_ROLE_NAME, entry, some(users) or "nobody")
            self.users[entry] = users

        return check


def _rdn_value(entry: str) -> bytes:
    return entry.partition(",")[0].partition("=")[2].encode()
