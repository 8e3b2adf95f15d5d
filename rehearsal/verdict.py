"""Whether a run ended as its scenario defines, each thing that did not said in a sentence."""

from collections.abc import Sequence

from changeover.ending import Outcome
from rehearsal.report.record import Record
from rehearsal.scenario import Scenario
from rehearsal.stage import CANDIDATE, LIVE


def verdict(scenario: Scenario, record: Record, left_over: Sequence[str]) -> list[str]:
    """What is wrong; empty when the run ended as it must."""
    return [
        sentence
        for sentence, wrong in {
            **_about_the_end(scenario, record),
            **_about_users(record),
            **_about_releases(scenario, record, left_over),
        }.items()
        if wrong
    ]


def _about_the_end(scenario: Scenario, record: Record) -> dict[str, bool]:
    completed = scenario.outcome is Outcome.COMPLETED
    return {
        f"the run ended {record.outcome}, not {scenario.outcome}": record.outcome
        != scenario.outcome,
        f"Step Functions calls it {record.status}": (record.status == "SUCCEEDED") is not completed,
        "it failed without a cause": not completed and not record.cause,
        f"the lock is {record.lock}": (record.lock == "held") is not scenario.locked,
    }


def _about_users(record: Record) -> dict[str, bool]:
    failed, identities = record.traffic["failed"], record.identities
    return {
        f"{failed} requests of users failed": failed > 0,
        "nobody used the cluster": record.traffic["requests"] == 0,
        f"{identities['logins_ok']} of {identities['logins_tried']} logins work": identities[
            "logins_ok"
        ]
        != identities["logins_tried"],
    }


def _about_releases(
    scenario: Scenario, record: Record, left_over: Sequence[str]
) -> dict[str, bool]:
    moved = scenario.outcome is Outcome.COMPLETED
    kept = scenario.outcome in (Outcome.COMPLETED, Outcome.ROLLED_BACK)
    live = CANDIDATE if moved else LIVE
    sent_to = [share["release"] for share in record.listener_final if share["weight"]]
    identities = record.identities
    return {
        f"{record.live_release or 'nothing'} is recorded as live": record.live_release != live,
        f"the front door sends users to {sent_to}": sent_to != [live],
        "the identities on both releases differ": kept
        and identities["live_digest"] != identities["candidate_digest"],
        f"left behind: {', '.join(left_over)}": not kept and bool(left_over),
    }
