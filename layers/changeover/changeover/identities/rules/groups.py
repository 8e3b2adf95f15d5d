"""Rules about groups, and what must be known of them for the rules about the whole."""

from collections.abc import Sequence

from pydantic import ValidationError

from changeover.identities.findings import Rule
from changeover.identities.layouts import Layout, Values
from changeover.identities.rules.entries import Check
from changeover.identities.rules.fields import Row, all_of, faults, faulty, number, own_name
from changeover.identities.rules.notes import Notes, shown
from changeover.identities.rules.users import Users
from changeover.identities.views import Group, required_of, validator_of

_checked = validator_of(Group).validate_python


class Groups:
    """What rules about the whole must know of groups.

    Their entries by cn as spelled, the first group of each gidNumber, and by the group's entry
    members that were no users so far.
    """

    def __init__(self, notes: Notes, users: Users) -> None:
        self.entries: dict[bytes, str] = {}
        self.holders: dict[int, bytes] = {}
        self._further_holders: dict[bytes, int] = {}
        self.doubtful: dict[str, Sequence[bytes]] = {}
        self._users = users.entries
        self._note = notes.note

    def check_of(self, layout: Layout, values: Values) -> Check:
        """A check for every group of the layout, of which one is given."""
        first = required_of(Group, layout)
        members_of = all_of(layout, values, "memberuid")
        several = len(layout.all(values, "cn")) > 1
        users = self._users

        def check(entry: str, values: Values) -> None:
            row: Row = first(values)
            if several:
                row = (own_name(entry, "cn", layout.all(values, "cn")), row[1])
            try:
                _, gid = _checked(row)
            except ValidationError as error:
                gid = self._judge(entry, row, error)
            self._remember(entry, row[0], gid)
            # In an export, users may stand behind their groups.
            if strangers := [name for name in members_of(values) if name not in users]:
                self.doubtful[entry] = strangers

        return check

    def has(self, group: bytes, gid: int) -> bool:
        """Whether the group has that gidNumber."""
        return self.holders.get(gid) == group or self._further_holders.get(group) == gid

    def _judge(self, entry: str, row: Row, error: ValidationError) -> int | None:
        """Its gidNumber, where that is a number."""
        fields = faulty(Group, error)
        for fault in faults(Group, entry, row, fields):
            self._note(*fault)
        return number(row[1], well="number" not in fields)

    def _remember(self, entry: str, cn: bytes | None, gid: int | None) -> None:
        if cn is None:
            return
        if (other := self.entries.setdefault(cn, entry)) != entry:
            self._note(Rule.TWIN_NAMES, entry, shown(cn), other)
        if gid is not None and (holder := self.holders.setdefault(gid, cn)) is not cn:
            self._further_holders[cn] = gid
            self._note(Rule.DUPLICATE_GID, entry, gid, self.entries[holder])
