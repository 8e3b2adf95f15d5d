"""One pass over an export: read, checked, counted, and digested as what moves."""

from collections import Counter
from collections.abc import Collection

from changeover.dialect import Dialect
from changeover.identities import dn, ldif, reading
from changeover.identities.findings import Findings
from changeover.identities.identity import Counts, digest_of
from changeover.identities.layouts import Layout
from changeover.identities.reading import Readable
from changeover.identities.rules.checker import Checker
from changeover.values import Digest, Value


class Inspection(Value):
    """Of everything that moves: neither the scaffold nor accounts that are left out."""

    entries: int
    counts: Counts
    digest: Digest
    findings: Findings


def inspect(stream: Readable, dialect: Dialect, leave_out: Collection[str] = ()) -> Inspection:
    """Inspect a release's LDIF. Raises ldif.Malformed, also when an entry comes twice.

    Takes memory for names and digests, not for entries.
    """
    staying = _staying(dialect, leave_out)
    stayed: set[str] = set()
    digests: dict[str, bytes] = {}
    layouts: Counter[Layout] = Counter()
    checker = Checker(dialect)
    for layout, values in reading.rows(stream):
        name = dn.normal(values[0].decode())
        if name in digests or name in stayed:
            raise ldif.Malformed(None, f"the entry {values[0].decode()!r} comes twice")
        if name in staying:
            stayed.add(name)
            continue
        digests[name] = layout.digest(values)
        layouts[layout] += 1
        checker.look(name, layout, values)
    for account in sorted({*leave_out} - {staying[name] for name in stayed}):
        checker.miss(account)
    return Inspection(
        entries=len(digests),
        counts=_counts(layouts),
        digest=digest_of(digests),
        findings=checker.findings(),
    )


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
