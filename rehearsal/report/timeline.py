"""Convert a Step Functions history to the visits of states, in the order of entering."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from rehearsal.report.record import Event

Outcome = Literal["running", "succeeded", "failed", "aborted"]

ENTERED = re.compile(r"(?P<kind>\w+)StateEntered")
CONTAINERS = ("parallel", "map")


@dataclass
class Visit:
    """One stay in a state. While it is running, `ended` is the time of its latest event."""

    state: str
    kind: str
    entered: datetime
    ended: datetime
    parent: "Visit | None" = None
    outcome: Outcome = "running"
    error: str = ""
    cause: str = ""
    attempts: int = 0

    @property
    def seconds(self) -> float:
        return (self.ended - self.entered).total_seconds()

    @property
    def depth(self) -> int:
        return self.parent.depth + 1 if self.parent else 0

    @property
    def running(self) -> bool:
        return self.outcome == "running"

    @property
    def why(self) -> str:
        return ": ".join(filter(None, (self.error, self.cause)))

    def fail(self, error: str, cause: str) -> None:
        self.error, self.cause = error, plain(cause)

    def close(self, at: datetime, unfinished: Outcome) -> None:
        """Close the visit. A failure without a retry ended it, even if it was reported later."""
        if not self.error:
            self.ended = at
        self.outcome = "failed" if self.error else unfinished


def visits(history: Iterable[Event]) -> list[Visit]:
    """Return every visit in the order of entering. Visits without an end are "running"."""
    reading = _Reading()
    for event in history:
        reading.read(event)
    return reading.visits


def timeline(history: Iterable[Event]) -> list[dict[str, Any]]:
    """The visits as report.json holds them: times in ISO 8601 (UTC), durations in seconds."""
    return [
        {
            "state": visit.state,
            "kind": visit.kind,
            "depth": visit.depth,
            "entered": visit.entered.astimezone(UTC).isoformat(timespec="milliseconds"),
            "seconds": round(visit.seconds, 3),
            "outcome": visit.outcome,
            "error": visit.error,
            "cause": visit.cause,
            "attempts": visit.attempts,
        }
        for visit in visits(history)
    ]


def plain(cause: str) -> str:
    """The error message of a cause. A failed Lambda function's cause is JSON."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause


class _Reading:
    """Find the state of each event: an event names the previous one of its branch."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._owners: dict[int, Visit] = {}

    def read(self, event: Event) -> None:
        before = self._owners.get(event.get("previousEventId", 0))
        owner = self._apply(event, before)
        if owner:
            self._owners[event["id"]] = owner

    def _apply(self, event: Event, before: Visit | None) -> Visit | None:
        kind: str = event["type"]
        if entered := ENTERED.fullmatch(kind):
            return self._enter(event, entered["kind"].lower(), before)
        if kind.endswith("StateExited"):
            return self._exit(event, before)
        if kind.startswith("Execution"):
            return self._end(event, before)
        if before and kind.startswith(("ParallelState", "MapState")):
            return self._report_to_container(event, before)
        if before:
            _progress(event, before)
        return before

    def _enter(self, event: Event, kind: str, before: Visit | None) -> Visit:
        inside = before and before.running and before.kind in CONTAINERS
        visit = Visit(
            state=_details(event)["name"],
            kind=kind,
            entered=event["timestamp"],
            ended=event["timestamp"],
            parent=before if inside else before and before.parent,
        )
        self.visits.append(visit)
        return visit

    def _exit(self, event: Event, before: Visit | None) -> Visit | None:
        name = _details(event)["name"]
        visit = next((v for v in _upwards(before) if v.state == name), None)
        if visit:
            self._close_inside(visit, event["timestamp"])
            visit.ended = event["timestamp"]
            visit.outcome = "failed" if visit.error else "succeeded"
        return visit

    def _report_to_container(self, event: Event, before: Visit) -> Visit:
        container = next(
            (v for v in _upwards(before) if v.running and v.kind in CONTAINERS), before
        )
        container.ended = event["timestamp"]
        if event["type"].endswith("Failed"):
            container.fail(before.error, before.cause)
        return container

    def _end(self, event: Event, before: Visit | None) -> Visit | None:
        if before and event["type"] in ("ExecutionFailed", "ExecutionTimedOut"):
            details = _details(event)
            before.fail(details.get("error") or "States.Timeout", details.get("cause") or "")
        if event["type"] not in ("ExecutionStarted", "ExecutionRedriven"):
            self._close_inside(None, event["timestamp"])
        return before

    def _close_inside(self, container: Visit | None, at: datetime) -> None:
        for visit in self.visits:
            if visit.running and (not container or container in _upwards(visit.parent)):
                visit.close(at, "aborted")


def _progress(event: Event, visit: Visit) -> None:
    kind: str = event["type"]
    visit.ended = event["timestamp"]
    if kind.endswith("Scheduled"):
        visit.attempts += 1
        visit.error = visit.cause = ""
    elif kind.endswith(("Failed", "TimedOut")):
        details = _details(event)
        visit.fail(details.get("error") or "States.Timeout", details.get("cause") or "")
    elif kind.endswith("StateAborted"):
        visit.close(event["timestamp"], "aborted")


def _upwards(visit: Visit | None) -> Iterator[Visit]:
    while visit:
        yield visit
        visit = visit.parent


def _details(event: Event) -> dict[str, Any]:
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})
