"""The lines that a rehearsal prints at its end."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rehearsal.actors.sign_in_trial import named
from rehearsal.report.cost import cost
from rehearsal.report.record import Record
from rehearsal.scenario import REFUSED_DIRECTORY

_SHOWN = 5
REFUSED = "refused as expected: no upgrade can move this directory as it is"


def last_words(record: Record, problems: Sequence[str], report: Path) -> Iterator[str]:
    """The outcome, the users' requests, the identities, and each difference from the scenario."""
    yield f"{record.outcome}: {record.cause or f'{record.live_release} is live'}"
    yield f"users: {_users(record)}"
    yield f"identities: {_identities(record)}"
    usd = cost(record.history, record.invocations)["cost_usd"]
    yield f"live: {_frozen(record)}lock {record.lock}; on AWS this run would cost {usd:.4f} USD"
    for request in [each for each in record.requests if not each["ok"]][:_SHOWN]:
        yield f"failed: {request}"
    yield f"report: {report}"
    yield from (f"NOT AS DEFINED: {problem}" for problem in problems)
    if record.scenario == REFUSED_DIRECTORY and not problems:
        yield REFUSED


def _frozen(record: Record) -> str:
    if record.freeze_seconds is None:
        return ""
    changes = f"{record.late_changes} changes since its export"
    return f"read-only {record.freeze_seconds:.1f} s for {changes}; "


def _users(record: Record) -> str:
    traffic = record.traffic
    by_release = ", ".join(f"{n} on {name}" for name, n in sorted(traffic["by_release"].items()))
    return (
        f"{traffic['requests']} requests, {traffic['failed']} failed ({by_release});"
        f" longest gap {traffic['longest_gap_ms']} ms"
    )


def _identities(record: Record) -> str:
    found = record.identities
    equal = found["live_digest"] == found["candidate_digest"]
    where = "equal on both releases" if equal else f"on {record.live_release}"
    return (
        f"{found['users']} users, {found['groups']} groups, {found['sudo_roles']} sudo roles"
        f" {where}; {_logins(found, record.live_release)}"
    )


def _logins(found: Mapping[str, Any], release: str) -> str:
    """The number of logins that work. In a person's own directory, live may have refused some."""
    opened = f"{found['logins_ok']} of {found['logins_tried']} passwords"
    ssh, shut = found.get("logins_by_ssh", ()), found.get("logins_refused_on_live", ())
    if not ssh and not shut:
        return f"{opened} open a login"
    by_ssh = f" ({len(ssh)} by SSH alone: {named(ssh)})" if ssh else ""
    refused = f"; {len(shut)} do not on live: {named(shut)}" if shut else ""
    return f"{opened} that log in on live also log in on {release}{by_ssh}{refused}"
