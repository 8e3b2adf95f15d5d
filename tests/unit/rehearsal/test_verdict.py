"""A run that ended as defined has nothing said about it; each thing that did not is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rehearsal.console.printout import REFUSED, last_words
from rehearsal.outcome.end_state import Aftermath
from rehearsal.outcome.raw_directory import Counts
from rehearsal.outcome.verdict import verdict
from rehearsal.report.record import Event, Record
from rehearsal.run import OTHER_OWNER
from rehearsal.scenario import Scenario
from rehearsal.scenarios import SCENARIOS

STARTED = datetime(2026, 5, 4, 12, tzinfo=UTC)
COUNTS = Counts(users=3, groups=4, sudo_roles=1, password_hashes=3)
CLOSING = {"to": "a", "subject": "hpc", "message": "The upgrade ended."}
ASKING = {
    "to": "a",
    "subject": "Approve?",
    "message": "http://x/changeover/review?key=k\nThe page asks for this code: ABC",
}


def history(*failing: str) -> list[Event]:
    """A container with the states in it, each of which fails, one after the other."""
    events: list[dict[str, Any]] = [
        {"type": "ParallelStateEntered", "stateEnteredEventDetails": {"name": "Phase"}},
        {"type": "ParallelStateStarted"},
    ]
    for state in failing:
        events += [
            {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": state}},
            {"type": "TaskFailed", "taskFailedEventDetails": {"error": "Unhealthy", "cause": "x"}},
        ]
    if failing:
        events += [{"type": "ParallelStateFailed"}, {"type": "ExecutionFailed"}]
    return [
        {**event, "id": at, "previousEventId": at - 1, "timestamp": STARTED + timedelta(seconds=at)}
        for at, event in enumerate(events, start=1)
    ]


def scenario(outcome: str) -> Scenario:
    return SCENARIOS[
        {"rolled-back": "bake-fails", "discarded": "candidate-unhealthy", "refused": "locked"}.get(
            outcome, "image-with-cve" if outcome == "no upgrade" else outcome
        )
    ]


def record(outcome: str) -> Record:
    """What a good run of that outcome leaves."""
    ends = scenario(outcome)
    completed, moved = outcome == "completed", outcome in ("completed", "rolled-back")
    live = "hpc-r2" if completed else "hpc-r1"
    return Record(
        scenario=ends.name,
        expected=outcome,
        outcome=outcome,
        cause="" if completed else f"because of {ends.why}",
        status="SUCCEEDED" if completed else "FAILED",
        started=STARTED,
        ended=STARTED + timedelta(seconds=30),
        history=history(*filter(None, [ends.fails_in])),
        invocations=[],
        requests=[],
        traffic={
            "requests": 9,
            "failed": 0,
            "longest_gap_ms": 40,
            "relogins": 2 if moved else 0,
            "by_release": {"hpc-r1": 5, "hpc-r2": 4} if moved else {"hpc-r1": 9},
        },
        identities={
            **COUNTS,
            "live_digest": "d",
            "candidate_digest": "d" if moved else None,
            "logins_tried": 3,
            "logins_ok": 3,
        },
        freeze_seconds=None,
        late_changes=None,
        lock="held" if outcome == "refused" else "free",
        live_release=live,
        listener_final=[{"release": live, "weight": 1}],
        mails=[CLOSING] if outcome == "no upgrade" else [ASKING, CLOSING],
    )


def aftermath(outcome: str) -> Aftermath:
    completed = outcome == "completed"
    return Aftermath(
        upgrades=0 if outcome == "no upgrade" else 1,
        lock_owner=OTHER_OWNER if outcome == "refused" else "",
        seeded=COUNTS,
        live_changes=["read_only", "listener"] if completed else [],
        live_read_only=completed,
        live_takes_writes=not completed,
        left_over=["stack hpc-r2"] if outcome in ("completed", "rolled-back") else [],
        leaks=[],
        trouble=[],
    )


OUTCOMES = ("completed", "refused", "discarded", "rejected", "rolled-back", "no upgrade")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_good_run_has_nothing_said_about_it(outcome: str) -> None:
    assert verdict(scenario(outcome), record(outcome), aftermath(outcome)) == []


@pytest.mark.parametrize("outcome", OUTCOMES[1:])
def test_another_end_is_one_sentence_and_the_rest_is_judged_by_that_end(outcome: str) -> None:
    ended, after = record(outcome), aftermath(outcome)
    said = f"the run ended {outcome}, not completed"
    (sentence,) = verdict(scenario("completed"), ended, replace(after, lock_owner=""))
    assert sentence == f"{said}: {ended.cause}"
    _, leak = verdict(scenario("completed"), ended, replace(after, lock_owner="", leaks=["a.log"]))
    assert leak == "a secret is in a.log"


def test_a_run_without_an_end_is_judged_by_the_end_that_is_defined() -> None:
    problems = verdict(
        scenario("completed"), replace(record("completed"), outcome="none"), aftermath("completed")
    )
    assert problems == ["the run ended none, not completed"]


def test_a_refused_directory_ends_at_the_export_and_as_it_should() -> None:
    ends = scenario("completed").refusing()
    ended = replace(
        record("discarded"),
        scenario=ends.name,
        history=history("Export Identities"),
        cause="hpc-r1's identities cannot be carried over",
    )
    assert verdict(ends, ended, aftermath("discarded")) == []
    words = [*last_words(ended, [], Path("report.html"))]
    assert words[0] == "discarded: hpc-r1's identities cannot be carried over"
    assert words[-1] == REFUSED
    assert REFUSED not in last_words(ended, ["a secret"], Path("report.html"))
    through = verdict(ends, record("completed"), aftermath("completed"))
    assert through == ["the run ended completed, not discarded"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "3 of 3 passwords open a login"),
        (
            {"logins_by_ssh": ["may"], "logins_refused_on_live": []},
            "3 of 3 passwords that log in on live also log in on hpc-r2 (1 by SSH alone: may)",
        ),
        (
            {"logins_by_ssh": [], "logins_refused_on_live": [*"abcdefghijkl"]},
            "log in on hpc-r2; 12 do not on live: a, b, c, d, e, f, g, h, i, j and 2 more",
        ),
    ],
)
def test_it_says_whom_live_let_in(found: dict[str, Any], said: str) -> None:
    ended = replace(record("completed"), identities=identities(**found))
    (line,) = (each for each in last_words(ended, [], Path("r")) if each.startswith("identities:"))
    assert line.endswith(said)


def traffic(**changed: object) -> dict[str, object]:
    return {"requests": 9, "failed": 0, "relogins": 0, "by_release": {"hpc-r1": 9}} | changed


def identities(**changed: object) -> dict[str, object]:
    return dict(record("completed").identities) | changed


@pytest.mark.parametrize(
    ("outcome", "changed", "said"),
    [
        ("completed", {"status": "FAILED"}, "Step Functions calls it FAILED"),
        ("discarded", {"status": "SUCCEEDED"}, "Step Functions calls it SUCCEEDED"),
        ("completed", {"cause": "why"}, "not the expected one: why"),
        ("discarded", {"cause": ""}, "not the expected one: empty"),
        ("discarded", {"cause": "no route"}, "not the expected one: no route"),
        ("discarded", {"history": history()}, "no state failed first"),
        ("discarded", {"history": history("A", "Validate Candidate")}, "A failed first"),
        ("completed", {"history": history("A")}, "A failed first"),
        ("completed", {"mails": [ASKING]}, "0 e-mails report the end"),
        ("completed", {"mails": [CLOSING, CLOSING]}, "2 e-mails report the end"),
        ("discarded", {"traffic": traffic(failed=2)}, "2 of the users' requests failed"),
        ("discarded", {"traffic": traffic(requests=0)}, "no user sent a request"),
        ("discarded", {"traffic": traffic(relogins=3)}, "3 users had to log in again"),
        (
            "discarded",
            {"traffic": traffic(by_release={"hpc-r1": 5, "hpc-r2": 4})},
            "users reached hpc-r1, hpc-r2",
        ),
        ("completed", {"traffic": traffic()}, "users reached hpc-r1"),
        ("completed", {"identities": identities(logins_ok=2)}, "2 of 3 logins work"),
        ("completed", {"identities": identities(candidate_digest="e")}, "both releases differ"),
        ("rolled-back", {"identities": identities(candidate_digest="e")}, "both releases differ"),
        ("completed", {"identities": identities(sudo_roles=0)}, "there are 0 sudo_roles, not 1"),
        ("completed", {"live_release": ""}, "nothing is recorded as live"),
        ("completed", {"listener_final": []}, "the front door sends users to []"),
    ],
)
def test_what_is_reported_amiss_is_said(outcome: str, changed: dict[str, Any], said: str) -> None:
    (sentence,) = verdict(
        scenario(outcome), replace(record(outcome), **changed), aftermath(outcome)
    )
    assert said in sentence


@pytest.mark.parametrize(
    ("outcome", "changed", "said"),
    [
        ("refused", {"lock_owner": "me"}, "owned by me"),
        ("refused", {"lock_owner": ""}, "owned by nobody"),
        ("completed", {"lock_owner": OTHER_OWNER}, f"owned by {OTHER_OWNER}"),
        ("completed", {"leaks": ["a.log"]}, "a secret is in a.log"),
        ("discarded", {"left_over": ["stack hpc-r2"]}, "left behind: stack hpc-r2"),
        ("discarded", {"live_changes": ["listener"]}, "hpc-r1 changed: listener"),
        ("rejected", {"live_changes": ["directory"]}, "hpc-r1 changed: directory"),
        ("rolled-back", {"live_changes": ["read_only"]}, "hpc-r1 changed: read_only"),
        ("completed", {"live_changes": ["instance"]}, "hpc-r1 changed: instance"),
        ("completed", {"live_read_only": False}, "hpc-r1 is not frozen"),
        ("completed", {"live_takes_writes": True}, "accepts writes although it is frozen"),
        ("rolled-back", {"live_takes_writes": False}, "hpc-r1 refuses a write"),
        ("completed", {"trouble": ["OSError: no"]}, "meanwhile: OSError: no"),
        ("completed", {"upgrades": 2}, "2 upgrades were started"),
        ("no upgrade", {"upgrades": 1}, "1 upgrades were started"),
    ],
)
def test_what_is_found_amiss_afterwards_is_said(
    outcome: str, changed: dict[str, Any], said: str
) -> None:
    (sentence,) = verdict(
        scenario(outcome), record(outcome), replace(aftermath(outcome), **changed)
    )
    assert said in sentence
