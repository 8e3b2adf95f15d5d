"""Run an upgrade's check of live's directory before anything is started."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from changeover.cli import report
from changeover.cli.text import counted
from changeover.errors import Refused
from changeover.identities.audit import inspect
from changeover.identities.conversion import convert
from changeover.identities.findings import Finding, Findings, Rule
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6
from rehearsal.actors.sample_directory import BOOTSTRAP

_SHOWN = 5  # entries of each rule


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an upgrade stops: `errors` of the check, and `reason` if it cannot be converted."""

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    reason: str


class RefusedError(Exception):
    """The upgrade would refuse this directory. Nothing was started."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def check(tree: Path, entries: Mapping[str, Entry]) -> Refusal | None:
    """Why the upgrade will refuse this LDIF with these entries. None if it will not."""
    with tree.open("rb") as stream:
        seen = inspect(stream, SOCA_2_6, (BOOTSTRAP,), most=None, target=SOCA_2_6)
    found = seen.findings.kept
    # Only the rehearsal's own directories have the installer's account.
    found = tuple(each for each in found if each.rule is not Rule.NOBODY_LEFT_OUT)
    errors = tuple(each for each in found if each.stops_upgrade)
    reason = _unconvertible(entries)
    if not errors and not reason:
        return None
    return Refusal(errors, tuple(each for each in found if each not in {*errors}), reason)


def page(refusal: Refusal, *, everything: bool = False) -> Iterator[str]:
    """Lines for a person: the first error of each rule, or all findings."""
    findings = refusal.errors + (refusal.warnings if everything else ())
    yield from report.listed(_kept(findings, None if everything else _SHOWN), SOCA_2_6)
    yield from report.refusal(refusal.reason)


def summary(refusal: Refusal) -> str:
    """`2 errors, 1 warning`."""
    errors = len(refusal.errors) + bool(refusal.reason)
    told = {"error": errors, "warning": len(refusal.warnings)}
    return ", ".join(counted(number, what) for what, number in told.items() if number)


def _kept(findings: tuple[Finding, ...], most: int | None) -> Findings:
    by_rule: dict[Rule, list[Finding]] = defaultdict(list)
    for each in findings:
        by_rule[each.rule].append(each)
    return Findings(
        kept=tuple(each for alike in by_rule.values() for each in alike[:most]),
        by_rule={rule: len(alike) for rule, alike in by_rule.items()},
    )


def _unconvertible(entries: Mapping[str, Entry]) -> str:
    try:
        convert(entries, SOCA_2_6, SOCA_2_6, (BOOTSTRAP,))
    except Refused as refused:
        return str(refused)
    return ""
