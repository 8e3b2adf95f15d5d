"""One pass over an export: read, checked, counted, and digested as what moves."""

from collections import Counter
from collections.abc import Collection, Sequence

from changeover.dialect import Dialect
from changeover.identities import dn, ldif, reading
from changeover.identities.findings import Findings
from changeover.identities.identity import Counts, check_base, digest_of, name_of
from changeover.identities.layouts import Layout, Row
from changeover.identities.reading import Readable
from changeover.identities.rules.checker import Checker
from changeover.identities.rules.notes import KEPT
from changeover.values import Digest, Value


class Inspection(Value):
    """Of everything that moves: neither the scaffold nor accounts that are left out."""

    entries: int
    counts: Counts
    digest: Digest
    findings: Findings


def inspect(
    stream: Readable,
    dialect: Dialect,
    leave_out: Collection[str] = (),
    most: int | None = KEPT,
) -> Inspection:
    """Inspect a release's LDIF; `most` findings of each rule are kept, all if None.

    Takes memory for names and digests, not for entries. Raises ldif.Malformed, also when an entry
    comes twice, and Refused when the base DN is another.
    """
    staying = _staying(dialect, leave_out)
    stayed: set[str] = set()
    digests: dict[str, bytes] = {}
    layouts: Counter[Layout] = Counter()
    checker = Checker(dialect, most)
    for rows in reading.rows_by_page(stream):
        names = _names(rows)
        entries = dict(zip(names, rows, strict=True))
        stay = entries.keys() & staying.keys()
        if len(entries) < len(rows) or not digests.keys().isdisjoint(entries) or stay & stayed:
            raise ldif.Malformed(None, _twice(names, digests.keys() | stayed))
        stayed |= stay
        for name in stay:
            del entries[name]
        for name, (layout, values) in entries.items():
            digests[name] = layout.digest(values)
        layouts.update([layout for layout, _ in entries.values()])
        checker.look_at_all(entries)
    check_base({*digests, *stayed}, dialect)
    for account in sorted({*leave_out} - {staying[name] for name in stayed}):
        checker.miss(account)
    return Inspection(
        entries=len(digests),
        counts=_counts(layouts),
        digest=digest_of(digests),
        findings=checker.findings(),
    )


def _names(rows: Sequence[Row]) -> list[str]:
    try:
        return dn.normal_all([values[0] for _, values in rows])
    except ValueError:  # one by one, to say which of them is none
        return [name_of(values[0].decode()) for _, values in rows]


def _twice(names: Collection[str], before: Collection[str]) -> str:
    """That one of the names comes again, or stood before."""
    counts = Counter(names)
    name = next(name for name in names if name in before or counts[name] > 1)
    return f"the entry {name!r} comes twice: remove one of them"


def _staying(dialect: Dialect, leave_out: Collection[str]) -> dict[str, str]:
    """Names of what every release has of its own, and the account that each belongs to, if any."""
    return {dn.normal(name): "" for name in dialect.scaffold} | {
        dn.normal(name): account
        for account in (*dialect.bootstrap_accounts, *leave_out)
        for name in dialect.account_entries(account)
    }


def _counts(layouts: Counter[Layout]) -> Counts:
    def count(object_class: str, attribute: str = "") -> int:
        return sum(
            number
            for layout, number in layouts.items()
            if object_class in layout.classes and (not attribute or attribute in layout.names)
        )

    return Counts(
        users=count("posixaccount"),
        groups=count("posixgroup"),
        sudo_roles=count("sudorole"),
        password_hashes=count("posixaccount", "userpassword"),
    )
