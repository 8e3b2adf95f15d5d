"""Judge whether a run ended as its scenario defines, with a sentence for each difference."""

from dataclasses import replace

from changeover.upgrade.finish import Outcome
from rehearsal.actors.approver import question_in
from rehearsal.outcome.end_state import Aftermath
from rehearsal.report.record import Record
from rehearsal.report.timeline import CONTAINERS, timeline
from rehearsal.run import OTHER_OWNER
from rehearsal.scenario import NoUpgrade, Scenario
from rehearsal.stage import CANDIDATE, LIVE

_MOVED = (Outcome.COMPLETED, Outcome.ROLLED_BACK)
_MAY_CHANGE_ON_LIVE: dict[str, set[str]] = {
    Outcome.COMPLETED: {"read_only", "listener"},
    Outcome.ROLLED_BACK: {"directory"},
}


def verdict(scenario: Scenario, record: Record, aftermath: Aftermath) -> list[str]:
    """Return a sentence for each difference. Empty if the run ended as defined.

    After another end than the defined one, the rest is judged by the actual end.
    """
    if record.outcome != scenario.outcome and (ended := _outcome(record)):
        actual = replace(scenario, outcome=ended, fails_in=_failed_first(record), why="")
        other = f"the run ended {record.outcome}, not {scenario.outcome}: {record.cause}"
        return [other.removesuffix(": "), *verdict(actual, record, aftermath)]
    return [
        sentence
        for sentence, wrong in {
            **_about_the_end(scenario, record, aftermath),
            **_about_users(scenario, record),
            **_about_identities(scenario, record, aftermath),
            **_about_releases(scenario, record, aftermath),
            **_about_live(scenario, aftermath),
        }.items()
        if wrong
    ] + [f"meanwhile: {trouble}" for trouble in aftermath.trouble]


def _outcome(record: Record) -> Outcome | NoUpgrade | None:
    return next((each for each in (*Outcome, *NoUpgrade) if each == record.outcome), None)


def _about_the_end(scenario: Scenario, record: Record, aftermath: Aftermath) -> dict[str, bool]:
    succeeded = scenario.outcome in (Outcome.COMPLETED, Outcome.BUILT)
    failed = _failed_first(record)
    asking = [mail["message"] for mail in record.mails if question_in(mail["message"])]
    closing = len(record.mails) - len(asking)
    owner = OTHER_OWNER if scenario.locked else ""
    upgrades = 0 if scenario.outcome is NoUpgrade.NO_UPGRADE else 1
    return {
        f"the run ended {record.outcome}, not {scenario.outcome}": record.outcome
        != scenario.outcome,
        f"Step Functions calls it {record.status}": (record.status == "SUCCEEDED") is not succeeded,
        f"{aftermath.upgrades} upgrades were started": aftermath.upgrades != upgrades,
        f"{failed or 'no state'} failed first": failed != scenario.fails_in,
        f"the cause is not the expected one: {record.cause or 'empty'}": scenario.why
        not in record.cause
        or succeeded is bool(record.cause),
        f"the lock is {record.lock}, owned by {aftermath.lock_owner or 'nobody'}": (
            aftermath.lock_owner != owner
        ),
        f"no e-mail asks about {scenario.asks}": scenario.asks not in "".join(asking),
        f"{closing} e-mails report the end": closing != 1,
        f"a secret is in {', '.join(aftermath.leaks)}": bool(aftermath.leaks),
    }


def _failed_first(record: Record) -> str:
    """The state that failed first. A phase fails because of a state in it."""
    for visit in timeline(record.history):
        if visit["outcome"] == "failed" and visit["kind"] not in (*CONTAINERS, "fail"):
            return str(visit["state"])
    return ""


def _about_users(scenario: Scenario, record: Record) -> dict[str, bool]:
    traffic = record.traffic
    met, moved = set(traffic["by_release"]), scenario.outcome in _MOVED
    return {
        f"{traffic['failed']} of the users' requests failed": traffic["failed"] > 0,
        "no user sent a request": traffic["requests"] == 0,
        f"{traffic['relogins']} users had to log in again": traffic["relogins"] > 0 and not moved,
        f"users reached {', '.join(sorted(met)) or 'no release'}": met
        != ({LIVE, CANDIDATE} if moved else {LIVE}),
    }


def _about_identities(scenario: Scenario, record: Record, aftermath: Aftermath) -> dict[str, bool]:
    found = record.identities
    return {
        f"{found['logins_ok']} of {found['logins_tried']} logins work": found["logins_ok"]
        != found["logins_tried"],
        "the identities on both releases differ": scenario.outcome in _MOVED
        and found["live_digest"] != found["candidate_digest"],
        **{
            f"there are {found[kind]} {kind}, not {number}": found[kind] != number
            for kind, number in aftermath.seeded.items()
        },
    }


def _about_releases(scenario: Scenario, record: Record, aftermath: Aftermath) -> dict[str, bool]:
    live = CANDIDATE if scenario.outcome is Outcome.COMPLETED else LIVE
    sent_to = [share["release"] for share in record.listener_final if share["weight"]]
    return {
        f"{record.live_release or 'nothing'} is recorded as live": record.live_release != live,
        f"the front door sends users to {sent_to}": sent_to != [live],
        f"left behind: {', '.join(aftermath.left_over)}": scenario.outcome not in _MOVED
        and bool(aftermath.left_over),
    }


def _about_live(scenario: Scenario, aftermath: Aftermath) -> dict[str, bool]:
    """Judge the release that was live when the run began."""
    completed = scenario.outcome is Outcome.COMPLETED
    changes = {*aftermath.live_changes} - _MAY_CHANGE_ON_LIVE.get(scenario.outcome, set())
    return {
        f"{LIVE} changed: {', '.join(sorted(changes))}": bool(changes),
        f"{LIVE} is not frozen": completed and not aftermath.live_read_only,
        f"{LIVE} accepts writes although it is frozen": completed and aftermath.live_takes_writes,
        f"{LIVE} refuses a write": not completed and not aftermath.live_takes_writes,
    }
