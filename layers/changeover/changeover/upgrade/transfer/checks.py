"""Check live's identities before they move: errors stop the run, warnings go to the approver.

A problem with one user's password is a warning. SOCA lets users write their own userPassword at any
time, and a user who cannot log in on live loses nothing by the move.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.identities.accepted_findings import Acceptance, Accepted
from changeover.identities.administrators import Administration
from changeover.identities.directories import Directory
from changeover.identities.findings import Finding, Findings, Rule
from changeover.identities.rules.checker import Checker
from changeover.identities.rules.privileges import Privilege
from changeover.soca.dialect import Dialect

_SHOWN = 3


class Screened(NamedTuple):
    """The findings, who can become root, and the administrators before and after the move."""

    findings: Findings
    privileges: Sequence[Privilege]
    administration: Administration | None


def screen(
    entries: Directory,
    release: Release,
    accepted: Iterable[Acceptance] = (),
    target: Dialect | None = None,
    foreign_root: str = "",
) -> Screened:
    """Check the identities that move from a release, also by the rules of the `target` dialect.

    `foreign_root` is the normalized DN of a root entry that a slapd package made and that does not
    move; empty if there is none. Raises Unhealthy, with the first errors and what to do, if an
    error is not accepted.
    """
    checker = Checker(release.dialect, target=target, accepted=Accepted(accepted))
    checker.look_at_all({name: entry.row() for name, entry in entries.items()})
    if foreign_root:
        checker.drop(foreign_root)
    found = checker.findings()
    errors = [finding for finding in found.kept if finding.stops_upgrade]
    if errors:
        raise Unhealthy(
            f"{release.name}'s identities cannot be carried over: {_summary(errors)}. `changeover"
            " identities check` lists all errors. Put errors that you know to be harmless into"
            " `accepted_findings` of the cluster's configuration, by rule or by rule and entry"
        )
    return Screened(found, checker.privileges(), checker.administration())


def describe(findings: Mapping[Rule, int] | Mapping[str, int]) -> str:
    """Return the number of findings for each rule as one text."""
    return ", ".join(f"{number} {rule}" for rule, number in findings.items())


def _summary(errors: list[Finding]) -> str:
    first = "; ".join(
        f"{error.entry or 'the directory'}: {error.reason} ({error.remedy})"
        for error in errors[:_SHOWN]
    )
    more = len(errors) - _SHOWN
    return f"{first}; and {more} more" if more > 0 else first
