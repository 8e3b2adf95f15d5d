"""Rules about how the web interface of the candidate's release treats entries, compared to live."""

import re
from collections.abc import Iterator

from changeover.identities.administrators import Degree, Roles, Standing, Verdict, spelled_by_entry
from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Note, Notes, printable
from changeover.identities.rules.entries import Check
from changeover.identities.rules.users import Users
from changeover.ldap import dn, schema
from changeover.ldap.entry_layout import Layout, Values
from changeover.ldap.schema import spelled
from changeover.soca.dialect import Dialect
from changeover.soca.sign_in import AdministratorRule, Refusal, WebInterface

# Up to 19 digits (64 bits). Python refuses to convert thousands of digits.
_NUMBER = re.compile(rb"-?[0-9]{1,19}")
_NUMBER_OF = {Rule.UNLISTED_USER: "uidnumber", Rule.UNLISTED_GROUP: "gidnumber"}
_REFUSED = {
    Refusal.NAME: Rule.REFUSED_NAME,
    Refusal.CAPITALS: Rule.CAPITAL_NAME,
    Refusal.NUMBER: Rule.UNKNOWN_TO_HOST,
}


def as_on_live(here: WebInterface, there: WebInterface) -> frozenset[Rule]:
    """Return the rules that live's web interface also has: such a finding is not a loss."""
    same = {
        Rule.REFUSED_NAME: here.names == there.names,
        Rule.CAPITAL_NAME: here.asks_host,
        Rule.UNKNOWN_TO_HOST: here.asks_host,
        Rule.PERSON_WITHOUT_ACCOUNT: (here.user_class, here.needed)
        == (there.user_class, there.needed),
    }
    return frozenset(rule for rule, known in same.items() if known)


class TargetChecker:
    """Checks live's entries by the rules of the candidate's release, in any order."""

    def __init__(self, notes: Notes, here: Dialect, there: Dialect) -> None:
        self._note, self._spare = notes.note, notes.spare
        self._here, self._there = here, there
        self._people = f",{dn.normal(here.people)}"
        self._groups = f",{dn.normal(here.groups)}"
        self._sudoers = f",{dn.normal(here.sudoers)}"
        self._kinds = schema.load(there.schemas).kinds_of(there.web.user_class)
        self._roles = Roles()
        self._without_account: dict[str, bytes] = {}
        self._numbers: dict[str, tuple[int, ...]] = {}

    def check_of(self, layout: Layout, _values: Values) -> Check:
        """Return a check for every entry of the layout."""
        web = self._there.web
        person = self._person_check(layout)
        user = bool(web.user_class) and "posixaccount" in layout.classes
        group = bool(web.group_class) and web.group_class in layout.classes
        strange = bool(web.group_class) and not (group or user) and "cn" in layout.names
        people, groups, sudoers = self._people, self._groups, self._sudoers

        def check(entry: str, values: Values) -> None:
            if entry.endswith(people):
                person(entry, values)
            elif user:
                self._unlisted(Rule.UNLISTED_USER, entry, f"is not below {people[1:]}", layout)
            if entry.endswith(groups):
                if strange:
                    self._unlisted(Rule.UNLISTED_GROUP, entry, "is not a posixGroup", layout)
            elif group:
                self._unlisted(Rule.UNLISTED_GROUP, entry, f"is not below {groups[1:]}", layout)
            if entry.endswith(sudoers):
                self._take_role(entry, layout, values)

        return check

    def notes_on(self, users: Users) -> Iterator[Note]:
        """Yield notes about users who become an administrator, or stop being one."""
        standings = list(self.standings(users))
        releases = self._here.name, self._there.name
        for one in standings:
            if one.gained:
                yield Rule.ADMINISTRATOR_GAINED, one.entry, *releases, one.after.why
            if one.lost:
                yield Rule.ADMINISTRATOR_LOST, one.entry, *releases, one.after.why
        changed = any(one.before.possibly and one.changed for one in standings)
        if changed and not any(one.after.surely for one in standings):
            yield Rule.NO_ADMINISTRATOR, "", *releases

    def standings(self, users: Users) -> Iterator[Standing]:
        """Yield the standing of every user who is an administrator before or after the move."""
        names = self._roles.candidates()
        entries = {f"{dn.part('uid', name)}{self._people}" for name in names if _is_utf8(name)}
        known = [*spelled_by_entry(users.entries, entries), *self._without_account.items()]
        for entry, uid in sorted(known):
            if entry in entries and entry.startswith(f"{dn.part('uid', uid)},"):
                before, after = (
                    self._verdict(d.web, entry, uid) for d in (self._here, self._there)
                )
                if before.possibly or after.possibly:
                    yield Standing(entry, uid, before, after)

    def _verdict(self, web: WebInterface, entry: str, uid: bytes) -> Verdict:
        if web.refuses(printable(uid), *self._numbers.get(entry, ())):
            return Verdict(Degree.NOT, "nobody can log in with its name or numbers")
        return self._roles.judge(web.administrators, uid)

    def _take_role(self, entry: str, layout: Layout, values: Values) -> None:
        for cn in layout.all(values, "cn"):
            self._roles.add_name(cn)
        if "sudorole" in layout.classes:
            self._roles.add_users(entry, layout.all(values, "sudouser"))

    def _person_check(self, layout: Layout) -> Check:
        web = self._there.web
        account = "posixaccount" in layout.classes
        listed = not (web.user_class and self._kinds.isdisjoint(layout.classes))
        lacking = [name for name in web.needed if name not in layout.names] if listed else []
        first = layout.first_of("uid", "uidnumber", "gidnumber")
        bindable = "userpassword" in layout.names and not account

        def check(entry: str, values: Values) -> None:
            uid, *numbers = first(values)
            missing = [name for name in lacking if not entry.startswith(f"{name}=")]
            if missing:
                lacks = ", ".join(map(spelled, missing))
                self._note(Rule.PERSON_WITHOUT_ACCOUNT, entry, self._there.name, lacks)
            if account and not listed:
                self._unlisted(Rule.UNLISTED_USER, entry, f"is not a {web.user_class}", layout)
            if uid is None:
                return
            if bindable:
                self._without_account[entry] = uid
            if account:
                self._judge_name(entry, layout, values, numbers)

        return check

    def _judge_name(
        self, entry: str, layout: Layout, values: Values, numbers: list[bytes | None]
    ) -> None:
        """Note a name that is refused, if it can log in on live: `uid=` RDN, directly in the OU."""
        rdn = entry.removesuffix(self._people)
        for uid in layout.all(values, "uid"):
            if rdn != f"uid={uid.decode(errors='replace')}" and rdn != _part(uid):
                continue
            ids = [int(each) for each in numbers if each and _NUMBER.fullmatch(each)]
            refusal = self._there.web.refuses(printable(uid), *ids)
            if refusal is Refusal.NUMBER:
                self._numbers[entry] = tuple(ids)
            if refusal is Refusal.NAME:
                self._spare(Rule.UNUSUAL_NAME, entry)
            if refusal:
                fact = " and ".join(map(str, ids)) if refusal is Refusal.NUMBER else printable(uid)
                self._note(_REFUSED[refusal], entry, fact, self._there.name)
            return

    def _unlisted(self, rule: Rule, entry: str, why: str, layout: Layout) -> None:
        number = _NUMBER_OF[rule]
        lost = f", and may assign its {spelled(number)} again" if number in layout.names else ""
        self._note(rule, entry, why, self._there.name, lost)


def role_names_count(here: Dialect, there: Dialect | None) -> bool:
    """Whether a role makes the user of the same name an administrator."""
    return (there or here).web.administrators is AdministratorRule.ROLE_NAME


def _part(uid: bytes) -> str:
    return dn.part("uid", uid) if _is_utf8(uid) else ""


def _is_utf8(name: bytes) -> bool:
    try:
        return bool(name.decode())
    except UnicodeDecodeError:
        return False
