"""Check a directory entry by entry, in any order, in one pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from changeover.identities.accepted_findings import NOTHING, Accepted
from changeover.identities.administrators import Administration, summary
from changeover.identities.findings import Findings, Rule
from changeover.identities.passwords import Kind
from changeover.identities.rules import directory, target_release
from changeover.identities.rules.collector import KEPT, Note, Notes, some
from changeover.identities.rules.entries import Check, Entries
from changeover.identities.rules.groups import Groups
from changeover.identities.rules.logins import Logins
from changeover.identities.rules.netgroups import Netgroups
from changeover.identities.rules.operational import Staying
from changeover.identities.rules.places import Places
from changeover.identities.rules.privileges import Privilege
from changeover.identities.rules.sudo_privileges import SudoPrivileges
from changeover.identities.rules.sudo_roles import SudoRoles
from changeover.identities.rules.target_release import TargetChecker
from changeover.identities.rules.users import Users
from changeover.identities.scope import is_root
from changeover.ldap import dn, schema
from changeover.ldap.entry_layout import Layout, Row, Values
from changeover.soca.dialect import Dialect

# Users and groups are checked in batches: a batch of a hundred takes two thirds of the time.
_AT_ONCE = 200
# Programs create fewer layouts than this. The cache is cleared at this size.
_MOST = 2_000
# Schema rules check one layout after another. This is the limit for values that wait for them.
_VALUES_AT_ONCE = 30_000


class _Seen(NamedTuple):
    """The checks for entries of one layout: those that run at once, and those in batches."""

    checks: tuple[Check, ...]
    entries: Entries
    add_name: Callable[[str], None]
    add_row: Callable[[Values], None]


class Checker:
    """Checks the entries that move: without the scaffold and accounts that are left out."""

    def __init__(
        self,
        dialect: Dialect,
        most: int | None = KEPT,
        target: Dialect | None = None,
        accepted: Accepted = NOTHING,
    ) -> None:
        """Keep at most `most` findings of each rule; None keeps all.

        With a `target`, entries are also checked by the rules of its web interface, and by the
        schema of its slapd.
        """
        self._dialect = dialect
        self._base = f",{dn.normal(dialect.base_dn)}"
        known = target_release.as_on_live(dialect.web, target.web) if target else ()
        self._notes = Notes(most, known, accepted)
        self._target_checker = TargetChecker(self._notes, dialect, target) if target else None
        hosts = dialect.hosts | target.hosts if target else dialect.hosts
        self._users = Users(self._notes, dialect, Logins(hosts, self._notes))
        self._groups = Groups(self._notes, self._users, dialect.private_group_suffix)
        named = target_release.role_names_count(dialect, target)
        self._sudo_roles = SudoRoles(self._notes, named=named)
        self._netgroups = Netgroups()
        self._places = Places(self._notes, dialect)
        self._staying = Staying(self._notes)
        judge = target or dialect
        self._schema = schema.load(judge.schemas, judge.own_schema)
        self._waiting = self._waiting_values = 0
        self._outside = 0
        self._root = ""
        self._seen: dict[Layout, _Seen] = {}

    def look(self, name: str, layout: Layout, values: Values) -> None:
        """Check one entry, by its normalized DN."""
        self.look_at_all({name: (layout, values)})

    def look_at_all(self, entries: Mapping[str, Row]) -> None:
        """Check many entries by their normalized DN. Batches of a hundred are faster."""
        base, known, held = self._base, self._seen, 0
        for name, (layout, values) in entries.items():
            try:
                checks, _, add_name, add_row = known[layout]
            except KeyError:
                if len(known) >= _MOST:
                    self._judge_by_schema()
                    known.clear()
                checks, _, add_name, add_row = known[layout] = self._seen_first(layout, values)
            for check in checks:
                check(name, values)
            add_name(name)
            add_row(values)
            held += len(values)
            if not name.endswith(base):
                self._take_outside(name, layout)
        self._waiting += len(entries)
        if self._waiting >= _AT_ONCE:
            self._judge()
        self._waiting_values += held
        if self._waiting_values >= _VALUES_AT_ONCE:
            self._judge_by_schema()

    def drop(self, foreign_root: str) -> None:
        """Note that the foreign root does not move. No tool could remove it."""
        self._notes.note(Rule.FOREIGN_ROOT, foreign_root, self._dialect.base_dn)

    @property
    def foreign_root(self) -> str:
        """DN of the only entry outside the base DN so far if it is a bare root, or empty."""
        return self._root if self._outside == 1 else ""

    def _take_outside(self, name: str, layout: Layout) -> None:
        self._outside += 1
        if self._outside == 1 and is_root(layout):
            self._root = name
        else:
            self._notes.note(Rule.OUTSIDE_BASE, name, self._dialect.base_dn)

    def _outside_notes(self) -> Iterator[Note]:
        if self._root:
            rule = Rule.FOREIGN_ROOT if self._outside == 1 else Rule.OUTSIDE_BASE
            yield rule, self._root, self._dialect.base_dn

    def miss(self, account: str) -> None:
        """Note that an account that is to be left out has no entry."""
        self._notes.note(Rule.NOBODY_LEFT_OUT, "", account)

    def findings(self, more: Iterable[Note] = ()) -> Findings:
        """Return the findings of all entries so far and of the whole directory, and `more`."""
        self._judge_by_schema()
        extraordinary = (each for each in self.privileges() if not each.ordinary)
        seen = self._users, self._groups, self._sudo_roles, self._netgroups
        return self._notes.findings(
            chain(
                directory.notes_on(*seen, self._dialect),
                ((Rule.PRIVILEGED, e.entry, some(e.names), e.way) for e in extraordinary),
                self._target_checker.notes_on(self._users) if self._target_checker else (),
                self._outside_notes(),
                more,
                self._staying.notes(),
            )
        )

    def privileges(self) -> list[Privilege]:
        """Return the users who are or can become root, by all entries so far."""
        self._judge()
        seen = self._users, self._groups, self._netgroups, self._sudo_roles
        return list(SudoPrivileges(*seen).all())

    def administration(self) -> Administration | None:
        """Return the administrators before and after the move, or None without a target."""
        self._judge()
        return (
            summary(self._target_checker.standings(self._users)) if self._target_checker else None
        )

    @property
    def passwords(self) -> Mapping[Kind, int]:
        """The number of users by kind of password. Valid after a call of `findings`."""
        return self._users.logins.kinds

    def _judge(self) -> None:
        self._waiting = 0
        self._users.judge()
        self._groups.judge()

    def _judge_by_schema(self) -> None:
        self._waiting_values = 0
        for seen in self._seen.values():
            if seen.entries.names:
                seen.entries.judge()

    def _seen_first(self, layout: Layout, values: Values) -> _Seen:
        entries = Entries(layout, values, self._schema, self._notes)
        checks = tuple(self._checks_of(layout, values))
        return _Seen(checks, entries, entries.names.append, entries.rows.append)

    def _checks_of(self, layout: Layout, values: Values) -> Iterator[Check]:
        kinds = {
            "posixaccount": self._users.check_of,
            "posixgroup": self._groups.check_of,
            "sudorole": self._sudo_roles.check_of,
            "nisnetgroup": self._netgroups.check_of,
        }
        for object_class, check_of in kinds.items():
            if object_class in layout.classes:
                yield check_of(layout, values)
        if not layout.excluded.keys() <= schema.BOOKKEEPING:
            yield self._staying.check_of(layout)
        if check := self._places.check_of(layout, values):
            yield check
        if self._target_checker:
            yield self._target_checker.check_of(layout, values)
