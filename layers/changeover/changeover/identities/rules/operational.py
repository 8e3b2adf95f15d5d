"""Rules about what a server keeps in entries for itself: it moves with nobody."""

from collections import Counter
from collections.abc import Iterator

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Note, Notes
from changeover.identities.rules.entries import Check
from changeover.ldap import schema
from changeover.ldap.entry_layout import Layout, Values

# What a password policy's overlay keeps of somebody. SOCA loads no such overlay.
_LOCK, _RESET = "pwdaccountlockedtime", "pwdreset"
_POLICY = "pwd"
# Of the same family, but slapd keeps it without a policy, and it decides nothing.
_LAST_LOGIN = "pwdlastsuccess"


class Staying:
    """Counts entries by each attribute that stays; a lock and a forced reset are told by entry."""

    def __init__(self, notes: Notes) -> None:
        self._note = notes.note
        self._entries: Counter[str] = Counter()

    def check_of(self, layout: Layout) -> Check:
        """A check for every entry of the layout."""
        columns = layout.excluded
        silent = [n for n in columns if n not in (_LOCK, _RESET) and n not in schema.BOOKKEEPING]

        def check(entry: str, values: Values) -> None:
            self._entries.update(silent)
            if _LOCK in columns:
                self._note(Rule.POLICY_LOCK, entry)
            if any(values[column] == b"TRUE" for column in columns.get(_RESET, ())):
                self._note(Rule.POLICY_RESET, entry)

        return check

    def notes(self) -> Iterator[Note]:
        """One note for each attribute, with the number of entries that have it."""
        for name, count in sorted(self._entries.items()):
            decides = name.startswith(_POLICY) and name != _LAST_LOGIN
            rule = Rule.POLICY_STATE if decides else Rule.SERVERS_OWN
            yield rule, "", schema.spelled(name), count
