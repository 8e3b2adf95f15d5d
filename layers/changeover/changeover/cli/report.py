"""What an inspection found, as a page that a person likes to read."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from changeover.cli.text import counted, legible, more, table
from changeover.dialect import Dialect
from changeover.identities import dn
from changeover.identities.findings import Finding, Findings, Severity
from changeover.identities.inspection import Inspection


def lines_on(inspection: Inspection, dialect: Dialect, most: int | None) -> Iterator[str]:
    """Counts, findings by severity and rule, and the verdict. `most` of each rule are listed."""
    yield from _counts(inspection, dialect)
    base = "," + dn.normal(dialect.base_dn)
    for severity, findings in groupby(inspection.findings.kept, attrgetter("severity")):
        yield f"\n{severity.upper()}S\n"
        for rule, alike in groupby(findings, attrgetter("rule")):
            number = inspection.findings.by_rule[rule]
            yield f"\n{rule}: {number:,}\n"
            yield from _findings(list(alike), number, base, most)
    yield f"\n{_verdict(inspection.findings)}\n"


def _counts(inspection: Inspection, dialect: Dialect) -> Iterator[str]:
    counts = inspection.counts
    yield f"SOCA {dialect.name}, {dialect.base_dn}; of what moves:\n\n"
    yield from table(
        [
            ("users", f"{counts.users:,}, {counts.password_hashes:,} with a password hash"),
            ("groups", f"{counts.groups:,}"),
            ("sudo roles", f"{counts.sudo_roles:,}"),
            ("entries", f"{inspection.entries:,}"),
            ("digest", inspection.digest),
        ]
    )


def _findings(
    findings: Sequence[Finding], number: int, base: str, most: int | None
) -> Iterator[str]:
    shown = findings[:most]
    yield from table([(_place(each.entry, base), each.reason) for each in shown])
    yield from more(number - len(shown))
    yield f"  To do: {findings[0].remedy}.\n"


def _place(entry: str, base: str) -> str:
    return legible(entry.removesuffix(base)) or "the directory"


def _verdict(findings: Findings) -> str:
    errors, warnings = findings.count(Severity.ERROR), findings.count(Severity.WARNING)
    beside = f", {counted(warnings, 'warning')}" if warnings else ""
    return (
        f"Not fit to move: {counted(errors, 'error')}{beside}."
        if errors
        else f"Fit to move{beside}."
    )
