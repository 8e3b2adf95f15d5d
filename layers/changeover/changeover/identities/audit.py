"""Read, check, count and digest an export in one pass."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from changeover.identities.accepted_findings import NOTHING, Accepted
from changeover.identities.administrators import Administration
from changeover.identities.counts import Counts
from changeover.identities.directories import digest_of, name_of
from changeover.identities.findings import Findings
from changeover.identities.rules import parents
from changeover.identities.rules.checker import Checker
from changeover.identities.rules.collector import KEPT
from changeover.identities.scope import check_base, movable
from changeover.ldap import dn, fast_reader, ldif
from changeover.ldap.entry import Entry
from changeover.ldap.entry_layout import Row
from changeover.ldap.pages import Readable
from changeover.soca.dialect import Dialect
from changeover.types import Digest, Value


class Inspection(Value):
    """The result for all entries that move: without the scaffold and accounts that are left out.

    `administration` is set if there is a target: administrators by live's rules and by its rules.
    """

    entries: int
    counts: Counts
    digest: Digest
    findings: Findings
    administration: Administration | None = None


def inspect(  # noqa: PLR0913 - the options of a check
    stream: Readable,
    dialect: Dialect,
    leave_out: Collection[str] = (),
    most: int | None = KEPT,
    target: Dialect | None = None,
    accepted: Accepted = NOTHING,
) -> Inspection:
    """Inspect a release's LDIF. Keep at most `most` findings of each rule; None keeps all.

    With a `target`, entries are also checked by the rules of its web interface. Memory grows with
    names and digests, not with entries. Raises ldif.Malformed if the LDIF is wrong or an entry
    occurs twice. Raises Refused if the base DN differs from the dialect's.
    """
    accounts = (*dialect.bootstrap_accounts, *leave_out)
    names_of = {each: {*map(dn.normal, dialect.account_entries(each))} for each in accounts}
    own = {*map(dn.normal, dialect.scaffold)}.union(*names_of.values())
    held: dict[str, Row] = {}
    running = _Moving(Checker(dialect, most, target, accepted))
    for rows in fast_reader.rows_by_page(stream):
        entries = _by_name(rows, running.digests, held)
        held |= {name: entries.pop(name) for name in own & entries.keys()}
        running.take(entries)
    check_base(running.digests.keys() | held.keys(), dialect)
    # Which entries only one account uses is known when all its entries were read.
    directory = {name: Entry(name, row=row) for name, row in held.items()}
    rest = movable(directory, dialect, accounts)
    running.take({name: entry.row() for name, entry in rest.items()})
    for account in sorted({*leave_out}):
        if held.keys().isdisjoint(names_of[account]):
            running.checker.miss(account)
    findings = running.checker.findings(parents.notes_on(running.digests, dialect))
    running.digests.pop(running.checker.foreign_root, None)
    return Inspection(
        entries=len(running.digests),
        counts=_counts(running.classes, running.checker),
        digest=digest_of(running.digests),
        findings=findings,
        administration=running.checker.administration(),
    )


class _Moving:
    """The facts that are kept about entries that move."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.digests: dict[str, bytes] = {}
        self.classes: Counter[frozenset[str]] = Counter()

    def take(self, entries: Mapping[str, Row]) -> None:
        digests = self.digests
        for name, (layout, values) in entries.items():
            digests[name] = layout.digest(values)
        self.classes.update([layout.classes for layout, _ in entries.values()])
        self.checker.look_at_all(entries)


def _by_name(rows: Sequence[Row], *before: Mapping[str, object]) -> dict[str, Row]:
    """Return rows by normalized DN. Raises ldif.Malformed if an entry occurs twice."""
    names = _names(rows)
    entries = dict(zip(names, rows, strict=True))
    if len(entries) < len(rows) or not all(each.keys().isdisjoint(entries) for each in before):
        raise ldif.Malformed(None, _twice(names, {name for each in before for name in each}))
    return entries


def _names(rows: Sequence[Row]) -> list[str]:
    try:
        return dn.normal_all([values[0] for _, values in rows])
    except ValueError:  # one by one, to report the wrong DN
        return [name_of(values[0].decode()) for _, values in rows]


def _twice(names: Collection[str], before: Collection[str]) -> str:
    """Return the error message for a name that occurs twice."""
    counts = Counter(names)
    name = next(name for name in names if name in before or counts[name] > 1)
    return f"the entry {name!r} comes twice: remove one of them"


def _counts(entries: Counter[frozenset[str]], checker: Checker) -> Counts:
    """Return the counts. `entries` is the number of entries by their object classes."""

    def count(object_class: str) -> int:
        return sum(n for classes, n in entries.items() if object_class in classes)

    return Counts.of(
        users=count("posixaccount"),
        groups=count("posixgroup"),
        sudo_roles=count("sudorole"),
        passwords=checker.passwords,
    )
