"""Rules about users: what an entry says itself, and beside all users before it."""

from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter, ValidationError

from changeover.identities.findings import Rule
from changeover.identities.layouts import Layout, Values
from changeover.identities.rules.entries import Check
from changeover.identities.rules.fields import Row, all_of, faults, faulty, number, own_name
from changeover.identities.rules.notes import Notes, shown
from changeover.identities.views import PasswordHash, User, required_of, validator_of

# SOCA picks new users' numbers out of these. The first is what its installer gives its own account.
_LOWEST, _INSTALLER, _HIGHEST = 5000, 5001, 65532
HOMES = b"/data/home/"

_checked = validator_of(User).validate_python
_is_hash = TypeAdapter[str](PasswordHash).validator.isinstance_python


class Users:
    """What rules about the whole must know of users: their entries by uid as spelled, and more."""

    def __init__(self, notes: Notes) -> None:
        self.entries: dict[bytes, str] = {}
        self.unusual_homes: dict[bytes, str] = {}
        self._numbers: dict[int, bytes] = {}
        self._other_gids: dict[bytes, int | None] = {}
        self._note = notes.note

    def check_of(self, layout: Layout, values: Values) -> Check:
        """A check for every user of the layout, of which one is given."""
        first = required_of(User, layout)
        several = any(len(layout.all(values, name)) > 1 for name in ("uid", "userpassword"))
        mails_of = all_of(layout, values, "mail")

        def check(entry: str, values: Values) -> None:
            row: Row = first(values)
            if several:
                row = self._chosen(entry, row, layout, values)
            try:
                _, uid_number, gid, _, _ = _checked(row)
            except ValidationError as error:
                uid_number, gid = self._judge(entry, row, error)
            self._remember(entry, row, uid_number, gid)
            if mails := mails_of(values):
                self._judge_mails(entry, row[0], mails)

        return check

    def gids(self) -> Iterator[tuple[bytes, int]]:
        """Every user's uid and gidNumber, as far as they are known."""
        for number_of_both, uid in self._numbers.items():
            if uid not in self._other_gids:
                yield uid, number_of_both
        for uid, gid in self._other_gids.items():
            if gid is not None:
                yield uid, gid

    def _chosen(self, entry: str, row: Row, layout: Layout, values: Values) -> Row:
        """Where there are several: the uid in its DN, and a password that works."""
        uids, hashes = layout.all(values, "uid"), layout.all(values, "userpassword")
        for alias in uids:
            self.entries.setdefault(alias, entry)
        uid = own_name(entry, "uid", uids) if uids else None
        return (uid, *row[1:4], next(filter(_is_hash, hashes), row[4]))

    def _judge(self, entry: str, row: Row, error: ValidationError) -> tuple[int | None, int | None]:
        """Its uidNumber and gidNumber, where they are numbers."""
        fields = faulty(User, error)
        for fault in faults(User, entry, row, fields):
            self._note(*fault)
        uid_number, gid = row[1:3]
        return number(uid_number, well="number" not in fields), number(
            gid, well="group" not in fields
        )

    def _remember(self, entry: str, row: Row, uid_number: int | None, gid: int | None) -> None:
        uid, _, _, home, _ = row
        if uid is None:
            return
        if (other := self.entries.setdefault(uid, entry)) != entry:
            self._note(Rule.TWIN_NAMES, entry, shown(uid), other)
        holder = uid
        if uid_number is not None:
            holder = self._numbers.setdefault(uid_number, uid)
            if holder is not uid:
                self._note(Rule.DUPLICATE_UID, entry, uid_number, self.entries[holder])
            if not _INSTALLER < uid_number <= _HIGHEST:
                self._judge_number(entry, uid_number)
        if gid != uid_number or holder is not uid:
            self._other_gids[uid] = gid
        if home is not None and home != HOMES + uid:
            self._judge_home(entry, home)

    def _judge_number(self, entry: str, uid_number: int) -> None:
        if uid_number == _INSTALLER:
            self._note(Rule.INSTALLER_ACCOUNT, entry, uid_number)
        elif uid_number != _LOWEST:
            self._note(Rule.UID_OUT_OF_RANGE, entry, uid_number, _LOWEST, _HIGHEST)

    def _judge_home(self, entry: str, home: bytes) -> None:
        if (other := self.unusual_homes.setdefault(home, entry)) != entry:
            self._note(Rule.SHARED_HOME, entry, shown(home), other)

    def _judge_mails(self, entry: str, uid: bytes | None, mails: Sequence[bytes]) -> None:
        names = [mail.partition(b"@")[0] for mail in mails]
        if uid not in names:
            self._note(Rule.MAIL_OF_ANOTHER_NAME, entry, shown(mails[0]), shown(names[0]))
