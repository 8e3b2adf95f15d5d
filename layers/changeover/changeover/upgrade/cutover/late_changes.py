"""Check what changed on live between export and freeze, because the approver did not see it."""

from collections.abc import Iterable
from dataclasses import dataclass

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.identities.accepted_findings import Acceptance, Accepted
from changeover.identities.directories import Directory
from changeover.identities.findings import Finding
from changeover.identities.rules.checker import Checker
from changeover.identities.rules.collector import printable
from changeover.identities.rules.privileges import Privilege
from changeover.soca.dialect import Dialect
from changeover.types import Value

_SHOWN = 3
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Moment:
    """A release's identities at one moment, all findings, and all ways to become root."""

    directory: Directory
    findings: tuple[Finding, ...]
    privileges: tuple[Privilege, ...]


class LateFindings(Value):
    """New findings since the export: their number, and the first 20 as texts, worst first."""

    number: int = 0
    first: tuple[str, ...] = ()


def look(entries: Directory, release: Release, target: Dialect | None = None) -> Moment:
    """Check all identities of a release.

    `target` adds the rules of that dialect's web interface, such as who becomes an administrator.
    """
    checker = Checker(release.dialect, most=None, target=target)
    checker.look_at_all({name: entry.row() for name, entry in entries.items()})
    return Moment(entries, checker.findings().kept, tuple(checker.privileges()))


def judge(
    approved: Moment, now: Moment, release: str, accepted: Iterable[Acceptance] = ()
) -> LateFindings:
    """Return the findings that are new in `now`.

    Raises Unhealthy for an error that is not accepted, and for a user who can become root now and
    could not at the export.
    """
    if stops := stopping(approved, now, accepted):
        more = len(stops) - _SHOWN
        raise Unhealthy(
            f"{release} changed after the approver was asked: {'; '.join(stops[:_SHOWN])}"
            + (f"; and {more} more" if more > 0 else "")
            + ". Check these entries on live, and start a new run"
        )
    new = _new(approved, now)
    return LateFindings(number=len(new), first=tuple(map(_summary, new[:_TOLD])))


def stopping(approved: Moment, now: Moment, accepted: Iterable[Acceptance] = ()) -> list[str]:
    """Return what stops an upgrade, as texts: new privileges first, then errors not accepted."""
    known = Accepted(accepted)
    privileged = [
        f"{printable(name)}: {way}" for name, way in _newly_privileged(approved, now).items()
    ]
    return privileged + [
        _summary(each)
        for each in _new(approved, now)
        if each.stops_upgrade and not known.covering(each.rule, each.entry)
    ]


def _new(approved: Moment, now: Moment) -> list[Finding]:
    before = {_key(each) for each in approved.findings}
    return [each for each in now.findings if _key(each) not in before]


def _newly_privileged(approved: Moment, now: Moment) -> dict[bytes, str]:
    """Return the names that can become root now and could not before, each with its way.

    An account that is new counts even if its name could become root before.
    """
    # Many ways share one set of names, that of a large group: look at each set once.
    known = {
        n for names in {id(p.names): p.names for p in approved.privileges}.values() for n in names
    }
    found: dict[bytes, str] = {}
    seen: set[tuple[int, bool]] = set()
    for each in now.privileges:
        new_account = _is_new_account(each.entry, approved, now)
        if (id(each.names), new_account) in seen:
            continue
        seen.add((id(each.names), new_account))
        for name in each.names:
            if name not in known or new_account:
                found.setdefault(name, each.way)
    return found


def _is_new_account(entry: str, approved: Moment, now: Moment) -> bool:
    return entry not in approved.directory and now.directory[entry].is_a("posixAccount")


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.entry, finding.reason


def _summary(finding: Finding) -> str:
    return f"{finding.entry or 'the directory'}: {finding.reason} ({finding.rule})"
