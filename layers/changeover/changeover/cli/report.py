"""The result of an inspection as a text page."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from changeover.cli.text import counted, legible, more, table
from changeover.identities.audit import Inspection
from changeover.identities.findings import Finding, Findings, Severity
from changeover.ldap import dn
from changeover.soca.dialect import Dialect
from changeover.soca.directory_provider import Provider


def counts(inspection: Inspection, dialect: Dialect) -> Iterator[str]:
    found = inspection.counts
    yield f"{release(dialect)}; entries that move:\n\n"
    yield from table(
        [
            ("users", f"{found.users:,}: {found.logins_in_words()}"),
            ("groups", f"{found.groups:,}"),
            ("sudo roles", f"{found.sudo_roles:,}"),
            ("entries", f"{inspection.entries:,}"),
            ("digest", inspection.digest),
        ]
    )


def listed(findings: Findings, dialect: Dialect) -> Iterator[str]:
    """Yield the stored findings by severity and rule."""
    base = "," + dn.normal(dialect.base_dn)
    for severity, alike in groupby(findings.kept, attrgetter("severity")):
        yield f"\n{severity.upper()}S\n"
        for rule, broken in groupby(alike, attrgetter("rule")):
            number = findings.by_rule[rule]
            yield f"\n{rule}: {number:,}\n"
            yield from _rows(list(broken), number, base)


def accepted(findings: Findings, dialect: Dialect) -> Iterator[str]:
    """Yield the accepted findings, then the `--accept` options that matched none."""
    base = "," + dn.normal(dialect.base_dn)
    if findings.accepted:
        yield "\nACCEPTED\n\n"
    for rule, broken in groupby(findings.accepted, attrgetter("rule")):
        places = [(_place(each.entry, base), rule) for each in broken]
        yield from table(places)
        yield from more(findings.accepted_by_rule[rule] - len(places))
    yield from unmatched(findings)


def unmatched(findings: Findings) -> Iterator[str]:
    """Yield the `--accept` options that match no finding, which are usually misspelled."""
    if findings.unmatched:
        yield f"\nAccepted, but not found: {legible(', '.join(findings.unmatched))}.\n"


def refusal(reason: str) -> Iterator[str]:
    """Yield the reason why the export cannot be converted, if any."""
    if reason:
        yield f"\nREFUSED\n\n  {legible(reason)}\n"


def administrators(inspection: Inspection, here: Dialect, there: Dialect) -> Iterator[str]:
    """Yield the administrators of the web interface, by the rules of both releases."""
    if inspection.administration:
        told = inspection.administration
        yield "\nAdministrators of the web interface:\n\n"
        yield from table(
            [
                (f"SOCA {here.name}, now", legible(str(told.before))),
                (f"SOCA {there.name}, after the move", legible(str(told.after))),
            ]
        )
        yield "\n"


def numbers(findings: Findings, refused: str) -> str:
    """Return `refused, 2 errors, 1 warning`, without counts that are 0."""
    by_severity = {each: findings.count(each) for each in Severity}
    told = [counted(number, each) for each, number in by_severity.items() if number]
    return ", ".join(["refused", *told] if refused else told)


def release(dialect: Dialect) -> str:
    return f"SOCA {dialect.name}, {dialect.base_dn}"


def provider_wanted(dialect: Dialect) -> Iterator[str]:
    """Warn if the target's installer uses another directory provider by default."""
    if dialect.default_provider is not Provider.OPENLDAP:
        yield (
            f"By default, SOCA {dialect.name} installs {dialect.default_provider}, which does not"
            f" accept password hashes: install it with {Provider.OPENLDAP}.\n"
        )


def _rows(findings: Sequence[Finding], number: int, base: str) -> Iterator[str]:
    yield from table([(_place(each.entry, base), each.reason) for each in findings])
    yield from more(number - len(findings))
    yield f"  To do: {findings[0].remedy}.\n"


def _place(entry: str, base: str) -> str:
    return legible(entry.removesuffix(base)) or "the directory"
