"""The report tells what happened, and the views tell it while it happens."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from rehearsal.console.view import Lines, Screen, choose_view
from rehearsal.report import Record, cost, timeline, to_html, to_json
from rehearsal.report.markup import tag
from rehearsal.report.traffic import SLOTS, over_time

START = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)
DIGEST = "9f2c4f7a61d0b5e83c17aa94f0be21d7c3580e6fb9a4d12277e85c0d3f6b19ae"


class History:
    """Writes the events that Step Functions would; `then` continues after any earlier event."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.last = 0
        self.clock = 0.0
        self.add("ExecutionStarted")

    def add(self, kind: str, details: dict[str, str] | None = None) -> Self:
        event: dict[str, Any] = {
            "id": len(self.events) + 1,
            "previousEventId": self.last,
            "timestamp": START + timedelta(seconds=self.clock),
            "type": kind,
        }
        if details:
            event[f"{kind[0].lower()}{kind[1:]}EventDetails"] = details
        self.events.append(event)
        self.last = event["id"]
        return self

    def after(self, seconds: float) -> Self:
        self.clock += seconds
        return self

    def then(self, event: int) -> Self:
        self.last = event
        return self

    def enter(self, state: str, kind: str = "Task") -> Self:
        self.add(f"{kind}StateEntered", {"name": state})
        return self.add("TaskScheduled") if kind == "Task" else self

    def leave(self, state: str, kind: str = "Task") -> Self:
        if kind == "Task":
            self.add("TaskSucceeded")
        return self.add(f"{kind}StateExited", {"name": state})

    def task(self, state: str, seconds: float) -> Self:
        return self.enter(state).after(seconds).leave(state)

    def fail(self, error: str, cause: str) -> Self:
        return self.add("TaskFailed", {"error": error, "cause": cause})

    def open(self, phase: str) -> Self:
        return self.enter(phase, "Parallel").add("ParallelStateStarted")

    def close(self, phase: str) -> Self:
        return self.add("ParallelStateSucceeded").leave(phase, "Parallel")

    def close_failed(self, phase: str) -> Self:
        return self.add("ParallelStateFailed").leave(phase, "Parallel")


def a_rolled_back_run() -> History:
    history = History().task("Plan Upgrade", 1).open("Cut Over")
    history.task("Freeze Directory", 1.5).task("Shift Traffic", 0.5)
    history.enter("Watch Candidate").after(2).fail("Unhealthy", "qstat <does> not answer")
    history.close_failed("Cut Over").task("Roll Back", 1).add(
        "FailStateEntered", {"name": "Upgrade Failed"}
    )
    return history.add("ExecutionFailed", {"error": "Unhealthy", "cause": "qstat is silent"})


def requests(*releases: str, first: float = 0.0) -> list[Any]:
    """One request every tenth of a second; an empty name is a failure."""
    return [
        {
            "t": START.timestamp() + first + number / 10,
            "release": release,
            "what": "page",
            "status": 200 if release else 503,
            "ms": 5,
            "ok": bool(release),
        }
        for number, release in enumerate(releases)
    ]


def a_record(history: History | None = None, **changes: Any) -> Record:
    facts: dict[str, Any] = {
        "scenario": "bake-fails",
        "expected": "rolled-back",
        "outcome": "rolled-back",
        "cause": "qstat <does> not answer",
        "status": "FAILED",
        "started": START,
        "ended": START + timedelta(seconds=8),
        "history": (history or a_rolled_back_run()).events,
        "invocations": [an_invocation()],
        "requests": requests("hpc-r1", "hpc-r1", "hpc-r2"),
        "traffic": {
            "requests": 3,
            "failed": 0,
            "relogins": 1,
            "longest_gap_ms": 120,
            "by_release": {"hpc-r1": 2, "hpc-r2": 1},
        },
        "identities": {
            "users": 200,
            "groups": 217,
            "sudo_roles": 6,
            "password_hashes": 200,
            "live_digest": DIGEST,
            "candidate_digest": DIGEST,
            "logins_tried": 20,
            "logins_ok": 20,
        },
        "freeze_seconds": 1.62,
        "late_changes": 3,
        "lock": "free",
        "live_release": "hpc-r1",
        "listener_final": [{"release": "hpc-r1", "weight": 1}],
        "mails": [],
    }
    return Record(**{**facts, **changes})


def an_invocation(**changes: Any) -> Any:
    return {
        "function": "plan-upgrade",
        "start": START.timestamp(),
        "duration_ms": 800.0,
        "billed_ms": 1000,
        "memory_mb": 1024,
        "cold": True,
        "error_type": None,
    } | changes


def told(history: History, *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(visit[field] for field in fields) for visit in timeline(history.events)]


# The timeline


def test_a_state_lasts_from_its_entering_to_its_leaving() -> None:
    history = History().after(3).task("Plan Upgrade", 1.25)

    assert told(history, "state", "entered", "seconds", "outcome") == [
        ("Plan Upgrade", "2026-11-22T21:04:03.000+00:00", 1.25, "succeeded")
    ]


def test_states_are_one_level_deeper_than_the_phase_around_them() -> None:
    history = History().task("Plan", 1).open("Prepare").task("Export", 2).open("Inner")
    history.task("Deepest", 1).close("Inner").close("Prepare").task("Complete", 1)

    assert told(history, "state", "depth") == [
        ("Plan", 0),
        ("Prepare", 0),
        ("Export", 1),
        ("Inner", 1),
        ("Deepest", 2),
        ("Complete", 0),
    ]


def test_a_loop_is_told_visit_by_visit() -> None:
    history = History()
    for _ in range(3):
        history.enter("Wait", "Wait").after(1).leave("Wait", "Wait").task("Check", 0.5)

    assert told(history, "state", "seconds") == [("Wait", 1), ("Check", 0.5)] * 3


def test_branches_that_run_at_once_are_told_apart() -> None:
    history = History().open("Prepare")
    fork = history.last
    history.enter("Export")
    export = history.last
    history.then(fork).enter("Build")
    build = history.last
    history.then(export).after(1).leave("Export")
    history.then(build).after(2).leave("Build").close("Prepare")

    assert told(history, "state", "depth", "seconds", "outcome") == [
        ("Prepare", 0, 3, "succeeded"),
        ("Export", 1, 1, "succeeded"),
        ("Build", 1, 3, "succeeded"),
    ]


def test_a_task_that_worked_the_second_time_succeeded() -> None:
    history = History().enter("Export").fail("Transient", "busy").after(1)
    history.add("TaskScheduled").leave("Export")

    assert told(history, "outcome", "cause", "attempts") == [("succeeded", "", 2)]


def test_a_failure_that_was_caught_is_a_failure_in_the_function_s_own_words() -> None:
    cause = {"errorMessage": "login refused", "errorType": "Unhealthy", "stackTrace": ["app.py"]}
    history = History().enter("Validate").fail("Unhealthy", json.dumps(cause))
    history.add("TaskStateExited", {"name": "Validate"}).task("Discard", 1)

    assert told(history, "state", "outcome", "error", "cause") == [
        ("Validate", "failed", "Unhealthy", "login refused"),
        ("Discard", "succeeded", "", ""),
    ]


def test_a_phase_fails_with_its_state_and_stops_the_branch_beside_it() -> None:
    history = History().open("Prepare")
    fork = history.last
    history.enter("Build", "Wait").then(fork).enter("Export").after(2).fail("Unhealthy", "no hash")
    history.after(1).close_failed("Prepare")

    assert told(history, "state", "seconds", "outcome", "cause") == [
        ("Prepare", 3, "failed", "no hash"),
        ("Build", 3, "aborted", ""),
        ("Export", 2, "failed", "no hash"),
    ]


def test_a_fail_state_tells_how_the_execution_failed() -> None:
    assert told(a_rolled_back_run(), "state", "outcome", "cause")[-1] == (
        "Upgrade Failed",
        "failed",
        "qstat is silent",
    )


def test_an_aborted_execution_leaves_its_open_states_aborted() -> None:
    history = History().open("Cut Over").enter("Shift Traffic").after(1).add("ExecutionAborted")

    assert told(history, "outcome", "seconds") == [("aborted", 1), ("aborted", 1)]


def test_an_execution_that_timed_out_failed_in_the_state_it_was_in() -> None:
    history = History().enter("Await Approval").after(5).add("ExecutionTimedOut")

    assert told(history, "outcome", "error") == [("failed", "States.Timeout")]


def test_a_state_that_nobody_left_yet_is_running() -> None:
    history = History().open("Cut Over").enter("Shift Traffic")

    assert told(history, "outcome") == [("running",), ("running",)]


# The cost


def test_every_state_and_every_retry_is_a_transition() -> None:
    history = History().enter("Export").fail("Transient", "busy").add("TaskScheduled")
    history.leave("Export").enter("Done?", "Choice").leave("Done?", "Choice")

    assert cost(history.events, [])["transitions"] == 3


def test_the_prices_are_those_of_the_public_pages() -> None:
    history = History()
    for _ in range(1_000):
        history.enter("Wait", "Wait").leave("Wait", "Wait")
    half_a_gigabyte = [an_invocation(billed_ms=2_000, memory_mb=512)] * 1_000

    spent = cost(history.events, half_a_gigabyte)

    assert spent["transitions_usd"] == pytest.approx(0.025)
    assert spent["lambda_compute_usd"] == pytest.approx(1_000 * 0.0000133334)
    assert spent["lambda_requests_usd"] == pytest.approx(0.0002)
    assert spent["lambda_ms"] == 2_000_000
    assert spent["cost_usd"] == pytest.approx(0.038533)


# Traffic over time


@given(st.lists(st.tuples(st.floats(-100, 1_000_000), st.sampled_from(["hpc-r1", "hpc-r2", ""]))))
def test_every_request_is_drawn_exactly_once(made: list[tuple[float, str]]) -> None:
    asked = [requests(release, first=at)[0] for at, release in made]

    drawn = over_time(asked, START, START + timedelta(seconds=60))

    slots = drawn["slots"]
    assert sum(sum(slot["by_release"].values()) for slot in slots) == sum(bool(r) for _, r in made)
    assert sum(slot["failed"] for slot in slots) == sum(not r for _, r in made)
    assert len(slots) <= SLOTS + 1


def test_a_request_stands_in_the_second_in_which_it_was_made() -> None:
    made = [*requests("hpc-r1", "", first=1.0), *requests("hpc-r2", first=2.5)]

    drawn = over_time(made, START, START + timedelta(seconds=3))

    assert drawn["slot_seconds"] == 1
    assert drawn["slots"] == [
        {"by_release": {}, "failed": 0},
        {"by_release": {"hpc-r1": 1}, "failed": 1},
        {"by_release": {"hpc-r2": 1}, "failed": 0},
        {"by_release": {}, "failed": 0},
    ]


# report.json


def test_the_report_has_at_least_what_others_rely_on() -> None:
    report = to_json(a_record())

    assert report["scenario"] == "bake-fails"
    assert report["outcome"] == "rolled-back"
    assert report["cause"] == "qstat <does> not answer"
    assert report["lock"] == "free"
    assert report["live_release"] == "hpc-r1"
    assert report["freeze_seconds"] == 1.62
    assert report["execution"].items() >= {"status": "FAILED", "transitions": 7}.items()
    assert report["execution"].keys() >= {"lambda_invocations", "lambda_ms", "cost_usd"}
    assert report["traffic"]["by_release"] == {"hpc-r1": 2, "hpc-r2": 1}
    assert report["traffic"]["listener_final"] == [{"release": "hpc-r1", "weight": 1}]
    assert report["traffic"].keys() >= {"requests", "failed", "longest_gap_ms", "relogins"}
    assert report["identities"]["logins_ok"] == 20
    assert report["timeline"][0].keys() >= {"state", "entered", "seconds", "outcome"}


def test_what_a_run_never_reached_is_null() -> None:
    report = to_json(a_record(identities={}, freeze_seconds=None, traffic={}, requests=[]))

    assert set(report["identities"].values()) == {None}
    assert report["freeze_seconds"] is None
    assert report["traffic"]["requests"] == 0


def test_what_gives_the_right_to_decide_is_in_no_report() -> None:
    link = "https://127.0.0.1:8080/review?key=SECRET"
    mail = {"to": "hpc@example.org", "subject": "Approve?", "message": f"{link} code SECRET"}
    history = History().enter("Await Approval").fail("Refused", f"nobody opened {link}")

    report = to_json(a_record(history, mails=[mail], cause=f"nobody opened {link}"))

    assert "SECRET" not in json.dumps(report) + to_html(report)
    assert report["cause"] == "nobody opened https://127.0.0.1:8080/…"
    assert "Approve?" in Page(to_html(report)).said


# report.html


class Page(HTMLParser):
    """Holds a page to being well formed, and keeps what it says and how."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said: list[str] = []
        self.classes: list[str] = []
        self.rects: list[dict[str, str]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        self.classes += (dict(attrs).get("class") or "").split()
        if tag == "rect":
            self.rects.append({name: value or "" for name, value in attrs})
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def page_of(record: Record) -> Page:
    return Page(to_html(to_json(record)))


def test_the_page_is_the_same_from_the_file_that_was_written() -> None:
    report = to_json(a_record())

    assert to_html(json.loads(json.dumps(report))) == to_html(report)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = to_html(to_json(a_record()))

    assert not {"src", "href", "srcset"} & {name for name, _ in Page(page).attributes}
    assert "url(" not in page
    assert "@import" not in page
    assert "<script" not in page


def test_the_page_says_how_it_ended_and_why() -> None:
    said = page_of(a_record()).text

    assert "Upgrade rolled back" in said
    assert "as expected" in said
    assert "qstat <does> not answer" in said
    assert "Users are on hpc-r1. All 3 requests were answered." in said
    assert "423 proved equal" in said  # 200 users, 217 groups, 6 sudo roles
    assert "20 of 20 known passwords" in said


def test_the_page_names_every_state_and_marks_freeze_shift_and_roll_back() -> None:
    page = page_of(a_record())

    for state in ("Plan Upgrade", "Cut Over", "Watch Candidate", "Roll Back", "Upgrade Failed"):
        assert state in page.said
    assert {"read-only for 1.62 s", "shift", "roll back"} <= set(page.said)
    assert {"band", "mark", "release-0", "release-1"} <= set(page.classes)


def test_a_state_that_took_no_time_is_drawn_all_the_same() -> None:
    page = page_of(a_record(History().task("Plan Upgrade", 0)))

    (bar,) = (attributes for attributes in page.rects if "bar" in attributes["class"])
    assert float(bar["width"].rstrip("%")) > 0


def test_a_failed_request_is_drawn_in_red_and_colours_the_page() -> None:
    traffic = {"requests": 3, "failed": 1, "longest_gap_ms": 9, "by_release": {"hpc-r1": 2}}
    made = requests("hpc-r1", "", "hpc-r1")

    page = to_html(to_json(a_record(requests=made, traffic=traffic)))

    assert '<body class="bad">' in page
    assert "1 of 3 requests failed." in Page(page).text
    assert page.count('class="failure"') == 1


def test_an_ending_that_was_not_expected_is_said() -> None:
    page = page_of(a_record(expected="completed"))

    assert "expected: completed" in page.said
    assert "bad" in page.classes


def test_identities_that_differ_are_said_to_differ() -> None:
    there = a_record().identities

    page = page_of(a_record(identities={**there, "candidate_digest": DIGEST[::-1]}))

    assert "423 not equal" in page.text


def test_a_run_that_did_nothing_has_a_page() -> None:
    record = a_record(
        History(),
        outcome="refused",
        identities={},
        freeze_seconds=None,
        late_changes=None,
        traffic={},
        requests=[],
        invocations=[],
        listener_final=[],
        ended=START,
    )

    assert "No request was made." in page_of(record).text


def test_hostile_and_endless_names_stay_text() -> None:
    name = "<script>alert(1)</script>" + "x" * 500
    history = History()
    for number in range(60):
        history.task(f"{name} {number}", 1)
    mail = {"to": name, "subject": name, "message": name}

    page = to_html(
        to_json(
            a_record(
                history,
                cause=name,
                scenario=name,
                candidate=name,
                live_release=name,
                mails=[mail],
                requests=requests(name),
                listener_final=[{"release": name, "weight": 0}],
                identities={name: name},
                invocations=[an_invocation(function=name)],
            )
        )
    )

    assert "<script" not in page
    assert f"{name} 59" in Page(page).said


def test_attributes_are_escaped_like_text() -> None:
    assert tag("p", "a < b", title='"><b>') == '<p title="&quot;&gt;&lt;b&gt;">a &lt; b</p>'


# The views


TRAFFIC = {"requests": 5, "failed": 1, "by_release": {"hpc-r1": 4}}


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


def lines_of(out: io.StringIO) -> list[str]:
    return [line.split("s  ", 1)[1] for line in out.getvalue().splitlines()]


def test_lines_tell_each_entering_and_leaving_once() -> None:
    history, out = a_rolled_back_run(), io.StringIO()
    halfway = next(e["id"] for e in history.events if e["type"] == "ParallelStateStarted")

    with Lines(out, Clock()) as view:
        view.update(history.events[:halfway], TRAFFIC)
        view.update(history.events, TRAFFIC)
        view.update(history.events, TRAFFIC)

    assert lines_of(out) == [
        "Plan Upgrade: succeeded after 1.00 s",
        "Cut Over: entered",
        "Freeze Directory: succeeded after 1.50 s",
        "Shift Traffic: succeeded after 0.50 s",
        "Watch Candidate: failed after 2.00 s: Unhealthy: qstat <does> not answer",
        "Cut Over: failed after 4.00 s, for the reason above",
        "Roll Back: succeeded after 1.00 s",
        "Upgrade Failed: failed after 0.00 s: Unhealthy: qstat is silent",
    ]


def test_lines_pass_over_choices() -> None:
    history, out = (
        History().enter("Is Approved", "Choice").leave("Is Approved", "Choice"),
        io.StringIO(),
    )

    with Lines(out, Clock()) as view:
        view.update(history.task("Freeze Directory", 1).events, TRAFFIC)

    assert lines_of(out) == ["Freeze Directory: succeeded after 1.00 s"]


def test_lines_tell_of_traffic_every_five_seconds() -> None:
    out, clock = io.StringIO(), Clock()

    with Lines(out, clock) as view:
        for clock.seconds in range(11):
            view.update([], TRAFFIC)

    assert out.getvalue().splitlines() == [
        "    5.0 s  requests: hpc-r1 4; failed 1",
        "   10.0 s  requests: hpc-r1 4; failed 1",
    ]


def a_screen(clock: Clock, height: int = 40) -> tuple[Screen, Console]:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=height)
    return Screen(console, clock), console


def drawn(screen: Screen, console: Console) -> list[str]:
    """The lines as a person sees them, without the colors."""
    with console.capture() as capture:
        console.print(screen)
    plain = (str(Text.from_ansi(line)).rstrip() for line in capture.get().splitlines())
    return [line for line in plain if line]


def test_the_screen_shows_what_is_done_what_runs_and_for_how_long() -> None:
    clock = Clock()
    screen, console = a_screen(clock)
    history = History().task("Plan Upgrade", 1).open("Cut Over").enter("Shift Traffic")
    screen.update(history.events, TRAFFIC)
    clock.seconds = 3.5

    assert drawn(screen, console)[:3] == [
        "✓ Plan Upgrade     1.00 s",
        "… Cut Over         2.50 s",
        "  … Shift Traffic  2.50 s",
    ]


def test_the_screen_sums_up_loops_and_says_what_failed() -> None:
    screen, console = a_screen(Clock())
    history = History()
    for _ in range(3):
        history.task("Check Build", 0.5)
    history.enter("Import Identities").fail("Unhealthy", "one user is missing")
    screen.update(history.add("TaskStateExited", {"name": "Import Identities"}).events, TRAFFIC)

    assert drawn(screen, console)[:2] == [
        "✓ Check Build        1.50 s  3 times",
        "✗ Import Identities  0.00 s  Unhealthy: one user is missing",
    ]


def test_the_screen_shows_whom_users_reach_lately() -> None:
    screen, console = a_screen(Clock())
    screen.update([], {"requests": 900, "failed": 0, "by_release": {"hpc-r1": 900}})
    moved = {"hpc-r1": 910, "hpc-r2": 20}
    screen.update([], {"requests": 930, "failed": 0, "by_release": moved})

    assert drawn(screen, console) == [
        "hpc-r1  ███████████████                 910  10 per second",
        "hpc-r2  ██████████████████████████████   20  20 per second",
        "failed                                    0",
    ]


def test_the_screen_fits_the_terminal_until_it_is_over() -> None:
    screen, console = a_screen(Clock(), height=24)
    history = History()
    for number in range(60):
        history.task(f"State {number}", 1)

    screen.update(history.events, TRAFFIC)

    running = drawn(screen, console)
    with screen:
        pass
    over = drawn(screen, console)

    assert len(running) < 24
    assert any(line.startswith("✓ State 59") for line in running)
    assert sum(line.startswith("✓ State") for line in over) == 60


@pytest.mark.parametrize(("no_color", "colored"), [("1", False), ("", True)])
def test_the_screen_respects_no_color(
    monkeypatch: pytest.MonkeyPatch, no_color: str, *, colored: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm")
    screen, console = a_screen(Clock())
    screen.update(a_rolled_back_run().events, TRAFFIC)

    with console.capture() as capture:
        console.print(screen)

    assert bool(re.search(r"\x1b\[[0-9;]*3[0-7]m", capture.get())) is colored


def test_a_link_in_a_note_stays_in_one_piece_on_the_screen() -> None:
    screen, console = a_screen(Clock())
    link = "https://127.0.0.1:8080/changeover/review?key=" + "k" * 200

    with screen:
        screen.note(f"mail to the approver: {link}")

    assert isinstance(console.file, io.StringIO)
    assert link in console.file.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_screen_and_anything_else_gets_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(choose_view(Terminal()), Screen)
    assert isinstance(choose_view(io.StringIO()), Lines)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose_view(Terminal()), Lines)
