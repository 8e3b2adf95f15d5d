"""Rules about users: about one entry, and compared with all users before it."""

import posixpath
from collections.abc import Sequence

from changeover.identities import passwords
from changeover.identities.findings import Rule
from changeover.identities.models import User, required_of
from changeover.identities.rules import local_names, privileges
from changeover.identities.rules.collector import Notes, printable, some
from changeover.identities.rules.entries import Check
from changeover.identities.rules.fields import Fields, Row, all_of, own_name
from changeover.identities.rules.logins import Logins
from changeover.identities.rules.privileges import HOMES as _HOMES
from changeover.identities.rules.privileges import Privilege
from changeover.ldap import dn
from changeover.ldap.entry_layout import Layout, Values
from changeover.soca.dialect import Dialect

# The range of uidNumbers for new users in SOCA, and the number of the installer's own account.
_LOWEST, _INSTALLER, _HIGHEST = 5000, 5001, 65532
HOMES = _HOMES.encode()


class Users:
    """Facts about users for the rules about the whole directory.

    `entries`: DNs by uid as spelled. `numbers`: the first user of each uidNumber. `other_gids`:
    gidNumbers that differ from the user's uidNumber. `unusual_homes`: normalized POSIX paths that
    do not end with the user's name. `privileged`: ways to root.
    """

    def __init__(self, notes: Notes, dialect: Dialect, logins: Logins) -> None:
        self.logins = logins
        self.entries: dict[bytes, str] = {}
        self.unusual_homes: dict[bytes, str] = {}
        self.numbers: dict[int, bytes] = {}
        self.other_gids: dict[bytes, int | None] = {}
        self.privileged: list[Privilege] = []
        self._people = f",{dn.normal(dialect.people)}"
        self._shells: dict[str, bytes] = {}
        self._ordinary_shells: set[bytes] = set()
        self._fields = Fields(User, notes)
        self._note = notes.note
        self._waiting: dict[str, Row] = {}

    def check_of(self, layout: Layout, values: Values) -> Check:
        """Return a check for every user of the layout. `values` are those of its first user.

        Call `judge` afterwards.
        """
        first = required_of(User, layout)
        several = any(len(layout.all(values, name)) > 1 for name in ("uid", "userpassword"))
        mails_of = all_of(layout, values, "mail") if "mail" in layout.names else None
        shell_at = layout.column("loginshell")
        waiting, shells, ordinary = self._waiting, self._shells, self._ordinary_shells

        def check(entry: str, values: Values) -> None:
            row: Row = first(values)
            if shell_at is not None and (shell := values[shell_at]) not in ordinary:
                shells[entry] = shell
            if several:
                row = self._chosen(entry, row, layout, values)
            waiting[entry] = row
            if mails_of:
                self._judge_mails(entry, row[0], mails_of(values))

        return check

    def judge(self) -> None:
        """Check all waiting users."""
        read = self._fields.read(self._waiting)
        self._judge_places()
        entries, numbers, local = self.entries, self.numbers, local_names.USERS
        for (entry, (uid, _, _, home, password)), (_, number, gid, _, ordinary) in zip(
            self._waiting.items(), read, strict=True
        ):
            if ordinary is None:
                self.logins.judge(entry, password or b"")
            if uid is None:
                continue
            if (other := entries.setdefault(uid, entry)) != entry:
                self._note(Rule.TWIN_NAMES, entry, printable(uid), other)
            holder = numbers.setdefault(number, uid) if number is not None else uid
            if holder is not uid:
                self._note(Rule.DUPLICATE_UID, entry, number, entries[holder])
            if gid != number or holder is not uid:
                self.other_gids[uid] = gid
                self._privilege(entry, uid, privileges.of_gid(gid) if gid is not None else "")
            if number is not None and not _INSTALLER < number <= _HIGHEST:
                self._judge_number(entry, uid, number)
            if home is not None and home != HOMES + uid:
                self._judge_home(entry, uid, home)
            if uid.lower() in local:
                self._judge_local(entry, uid)
        self._judge_shells()
        self.logins.users += len(self._waiting)
        self._waiting.clear()

    def _chosen(self, entry: str, first: Row, layout: Layout, values: Values) -> Row:
        """Choose among several values: the uid in the DN, and a password that works."""
        uids, hashes = layout.all(values, "uid"), layout.all(values, "userpassword")
        for alias in uids:
            self.entries.setdefault(alias, entry)
        uid = own_name(entry, "uid", uids) if uids else None
        if others := [alias for alias in uids if alias.lower() != (uid or b"").lower()]:
            self._note(Rule.USER_ELSEWHERE, entry, some(others), f"uid={printable(others[0])}")
        return (uid, *first[1:4], passwords.chosen(hashes, self.logins.hosts))

    def _judge_places(self) -> None:
        """Note users that are not at the DN as which SOCA binds. Usually a whole batch is fine."""
        uids, tail = [row[0] or b"" for row in self._waiting.values()], self._people.encode()
        expected = b"uid=" + (tail + b"\nuid=").join(uids).lower() + tail
        if expected == "\n".join(self._waiting).encode():
            return
        for entry, uid in zip(self._waiting, uids, strict=True):
            if uid and entry != _expected(uid, self._people):
                self._note(
                    Rule.USER_ELSEWHERE,
                    entry,
                    printable(uid),
                    f"uid={printable(uid)}{self._people}",
                )

    def _judge_shells(self) -> None:
        for entry, shell in self._shells.items():
            if way := privileges.of_shell(shell):
                self._privilege(entry, self._waiting[entry][0], way)
            else:
                self._ordinary_shells.add(shell)
        self._shells.clear()

    def _judge_local(self, entry: str, uid: bytes) -> None:
        """Check local names. Account names are case-sensitive on a host, but sudo ignores case."""
        if local := local_names.fault_of_name(uid, local_names.USERS):
            self._note(Rule.LOCAL_NAME, entry, local)
        self._privilege(entry, uid, privileges.of_name(uid))

    def _judge_number(self, entry: str, uid: bytes, number: int) -> None:
        if number == _INSTALLER:
            self._note(Rule.INSTALLER_ACCOUNT, entry, number)
        elif local := local_names.fault_of_number("uidNumber", number):
            self._note(Rule.LOCAL_NAME, entry, local)
        elif number != _LOWEST:
            self._note(Rule.UID_OUT_OF_RANGE, entry, number, _LOWEST, _HIGHEST)
        self._privilege(entry, uid, privileges.of_number(number))

    def _judge_home(self, entry: str, uid: bytes, home: bytes) -> None:
        place = b"/" + posixpath.normpath(home).lstrip(b"/") if home.startswith(b"/") else home
        if place != HOMES + uid and (other := self.unusual_homes.setdefault(place, entry)) != entry:
            self._note(Rule.SHARED_HOME, entry, printable(home), other)
        self._privilege(entry, uid, privileges.of_home(home))

    def _privilege(self, entry: str, uid: bytes | None, way: str) -> None:
        if way:
            self.privileged.append(Privilege(entry, (uid or entry.encode(),), way))

    def _judge_mails(self, entry: str, uid: bytes | None, mails: Sequence[bytes]) -> None:
        own = (uid or b"") + b"@"
        if not (mails[0].startswith(own) or any(mail.startswith(own) for mail in mails)):
            name = mails[0].partition(b"@")[0]
            self._note(Rule.MAIL_OF_ANOTHER_NAME, entry, printable(mails[0]), printable(name))


def _expected(uid: bytes, people: str) -> str:
    try:
        return dn.part("uid", uid) + people
    except ValueError:  # the uid is not UTF-8, so no DN can contain it
        return ""
