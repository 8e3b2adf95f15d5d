"""Rules about groups, and the facts about groups that the rules about the whole directory need."""

from collections.abc import Sequence

from changeover.identities.findings import Rule
from changeover.identities.models import Group, required_of
from changeover.identities.rules import local_names, privileges
from changeover.identities.rules.collector import Notes, printable
from changeover.identities.rules.entries import Check
from changeover.identities.rules.fields import Fields, Row, all_of, own_name
from changeover.identities.rules.users import Users
from changeover.ldap.entry_layout import Layout, Values

# Outside this range, hosts have local groups, or programs truncate the number.
_SYSTEMS, _NOBODY = 1000, 65534


class Groups:
    """Facts about groups for the rules about the whole directory.

    `entries`: DNs by cn as spelled. `holders`: the first group of each gidNumber. `doubtful`: by
    DN, members that were not users so far. `members`: by DN, of groups with members other than
    their own user. `privileged`: by DN, the cn and the way to root.
    """

    def __init__(self, notes: Notes, users: Users, private_suffix: str) -> None:
        self.entries: dict[bytes, str] = {}
        self.holders: dict[int, bytes] = {}
        self._further_holders: dict[bytes, int] = {}
        self.doubtful: dict[str, Sequence[bytes]] = {}
        self.members: dict[str, Sequence[bytes]] = {}
        self.privileged: dict[str, tuple[bytes, str]] = {}
        self._users = users
        self._suffix = private_suffix.encode()
        self._fields = Fields(Group, notes)
        self._note = notes.note
        self._waiting: dict[str, Row] = {}
        self._members: dict[str, Sequence[bytes]] = {}

    def check_of(self, layout: Layout, values: Values) -> Check:
        """Return a check for every group of the layout. `values` are those of its first group.

        Call `judge` afterwards.
        """
        first = required_of(Group, layout)
        several = len(layout.all(values, "cn")) > 1
        members_of = all_of(layout, values, "memberuid") if "memberuid" in layout.names else None
        waiting, members = self._waiting, self._members

        def check(entry: str, values: Values) -> None:
            row: Row = first(values)
            if several:
                row = (own_name(entry, "cn", layout.all(values, "cn")), row[1])
            waiting[entry] = row
            if members_of:
                members[entry] = members_of(values)

        return check

    def judge(self) -> None:
        """Check all waiting groups. Call it after `Users.judge`."""
        read = self._fields.read(self._waiting)
        for (entry, (cn, _)), (_, gid) in zip(self._waiting.items(), read, strict=True):
            if cn is None:
                continue
            if (other := self.entries.setdefault(cn, entry)) != entry:
                self._note(Rule.TWIN_NAMES, entry, printable(cn), other)
            if gid is not None and (holder := self.holders.setdefault(gid, cn)) is not cn:
                self._further_holders[cn] = gid
                self._note(Rule.DUPLICATE_GID, entry, gid, self.entries[holder])
            if (own := self._members.get(entry)) and (len(own) > 1 or cn != own[0] + self._suffix):
                self.members[entry] = own
            known = cn in local_names.GROUPS or cn.lower() in privileges.SUDO_GROUPS
            if known or (gid is not None and not _SYSTEMS < gid < _NOBODY):
                self._judge_local(entry, cn, gid)
        users = self._users.entries
        for entry, members in self._members.items():
            # In an export, users may come after their groups.
            if strangers := [name for name in members if name not in users]:
                self.doubtful[entry] = strangers
        self._waiting.clear()
        self._members.clear()

    def gids(self) -> dict[bytes, int]:
        """Return the gidNumber of each group that has one, by cn."""
        return {cn: gid for gid, cn in self.holders.items()} | self._further_holders

    def _judge_local(self, entry: str, cn: bytes, gid: int | None) -> None:
        number = local_names.fault_of_number("gidNumber", gid) if gid is not None else ""
        if local := local_names.fault_of_name(cn, local_names.GROUPS) or number:
            self._note(Rule.LOCAL_NAME, entry, local)
        by_number = privileges.of_gid(gid) if gid is not None else ""
        if cn in privileges.GROUPS or cn.lower() in privileges.SUDO_GROUPS:
            self.privileged[entry] = cn, f"member of {cn.decode()}"
        elif by_number:
            self.privileged[entry] = cn, f"member of {printable(cn)}: {by_number}"
        if entry in self.privileged:
            self.members[entry] = self._members.get(entry, ())

    def has(self, group: bytes, gid: int) -> bool:
        """Whether the group has that gidNumber."""
        return self.holders.get(gid) == group or self._further_holders.get(group) == gid
