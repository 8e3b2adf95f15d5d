"""Rules about users: what an entry says itself, and beside all users before it."""

from collections.abc import Sequence

from changeover.identities.findings import Rule
from changeover.identities.layouts import Layout, Values
from changeover.identities.rules.entries import Check
from changeover.identities.rules.fields import Fields, Row, all_of, own_name
from changeover.identities.rules.notes import Notes, shown
from changeover.identities.views import User, is_password_hash, required_of

# SOCA picks new users' numbers out of these. The first is what its installer gives its own account.
_LOWEST, _INSTALLER, _HIGHEST = 5000, 5001, 65532
HOMES = b"/data/home/"


class Users:
    """What rules about the whole must know of users.

    Their entries by uid as spelled, the first user of each uidNumber, the gidNumbers of those who
    have not just that one, and homes that are not called after their users.
    """

    def __init__(self, notes: Notes) -> None:
        self.entries: dict[bytes, str] = {}
        self.unusual_homes: dict[bytes, str] = {}
        self.numbers: dict[int, bytes] = {}
        self.other_gids: dict[bytes, int | None] = {}
        self._fields = Fields(User, notes)
        self._note = notes.note
        self._waiting: dict[str, Row] = {}

    def check_of(self, layout: Layout, values: Values) -> Check:
        """A check for every user of the layout, of which one is given. Ends with `judge`."""
        first = required_of(User, layout)
        several = any(len(layout.all(values, name)) > 1 for name in ("uid", "userpassword"))
        mails_of = all_of(layout, values, "mail") if "mail" in layout.names else None
        waiting = self._waiting

        def check(entry: str, values: Values) -> None:
            row: Row = first(values)
            if several:
                row = self._chosen(entry, row, layout, values)
            waiting[entry] = row
            if mails_of:
                self._judge_mails(entry, row[0], mails_of(values))

        return check

    def judge(self) -> None:
        """All that wait."""
        read = self._fields.read(self._waiting)
        entries, numbers = self.entries, self.numbers
        for (entry, (uid, _, _, home, _)), (_, number, gid, _, _) in zip(
            self._waiting.items(), read, strict=True
        ):
            if uid is None:
                continue
            if (other := entries.setdefault(uid, entry)) != entry:
                self._note(Rule.TWIN_NAMES, entry, shown(uid), other)
            holder = numbers.setdefault(number, uid) if number is not None else uid
            if holder is not uid:
                self._note(Rule.DUPLICATE_UID, entry, number, entries[holder])
            if gid != number or holder is not uid:
                self.other_gids[uid] = gid
            if number is not None and not _INSTALLER < number <= _HIGHEST:
                self._judge_number(entry, number)
            if home is not None and home != HOMES + uid:
                self._judge_home(entry, home)
        self._waiting.clear()

    def _chosen(self, entry: str, first: Row, layout: Layout, values: Values) -> Row:
        """Where there are several: the uid in its DN, and a password that works."""
        uids, hashes = layout.all(values, "uid"), layout.all(values, "userpassword")
        for alias in uids:
            self.entries.setdefault(alias, entry)
        uid = own_name(entry, "uid", uids) if uids else None
        return (uid, *first[1:4], next(filter(is_password_hash, hashes), first[4]))

    def _judge_number(self, entry: str, uid_number: int) -> None:
        if uid_number == _INSTALLER:
            self._note(Rule.INSTALLER_ACCOUNT, entry, uid_number)
        elif uid_number != _LOWEST:
            self._note(Rule.UID_OUT_OF_RANGE, entry, uid_number, _LOWEST, _HIGHEST)

    def _judge_home(self, entry: str, home: bytes) -> None:
        if (other := self.unusual_homes.setdefault(home, entry)) != entry:
            self._note(Rule.SHARED_HOME, entry, shown(home), other)

    def _judge_mails(self, entry: str, uid: bytes | None, mails: Sequence[bytes]) -> None:
        own = (uid or b"") + b"@"
        if not (mails[0].startswith(own) or any(mail.startswith(own) for mail in mails)):
            name = mails[0].partition(b"@")[0]
            self._note(Rule.MAIL_OF_ANOTHER_NAME, entry, shown(mails[0]), shown(name))
