"""Rules about operational attributes, which belong to the server and do not move."""

from collections import Counter
from collections.abc import Iterator

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Note, Notes
from changeover.identities.rules.entries import Check
from changeover.ldap import schema
from changeover.ldap.entry_layout import Layout, Values

# Attributes of the password policy overlay (ppolicy). SOCA does not load it.
_LOCK, _RESET = "pwdaccountlockedtime", "pwdreset"
_POLICY = "pwd"
# Has the same prefix, but slapd keeps it without a policy, and it does not affect logins.
_LAST_LOGIN = "pwdlastsuccess"


class Staying:
    """Counts entries by attribute that stays. Reports locks and forced resets for each entry."""

    def __init__(self, notes: Notes) -> None:
        self._note = notes.note
        self._entries: Counter[str] = Counter()

    def check_of(self, layout: Layout) -> Check:
        """Return a check for every entry of the layout."""
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
        """Yield one note for each attribute, with the number of entries that have it."""
        for name, count in sorted(self._entries.items()):
            decides = name.startswith(_POLICY) and name != _LAST_LOGIN
            rule = Rule.POLICY_STATE if decides else Rule.SERVERS_OWN
            yield rule, "", schema.spelled(name), count
