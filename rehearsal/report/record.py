"""The measured facts of a rehearsal, as input of the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

Event = Mapping[str, Any]
"""One event as GetExecutionHistory returns it; its timestamp is a datetime with a zone."""


class Invocation(TypedDict):
    """One call of a function, with the fields of Lambda's REPORT line."""

    function: str
    start: float  # seconds since the epoch
    duration_ms: float
    billed_ms: float
    memory_mb: int
    cold: bool
    error_type: str | None


class Request(TypedDict):
    """One request that a user made; `release` is empty when no release answered."""

    t: float  # seconds since the epoch
    release: str | None
    what: str
    status: int
    ms: float
    ok: bool


class Share(TypedDict):
    """The listener rule's weight for a release, relative to the others."""

    release: str
    weight: int


class Mail(TypedDict):
    """One mail that arrived in the inbox."""

    to: str
    subject: str
    message: str
    t: NotRequired[float]  # seconds since the epoch


@dataclass(frozen=True, kw_only=True)
class Record:
    """One run from its first second to its last.

    `traffic` is the load generator's summary: `requests`, `failed`, `longest_gap_ms`,
    `by_release`, and further counts. `identities` has `users`, `groups`, `sudo_roles`,
    `password_hashes`, `live_digest`, `candidate_digest`, `logins_tried`, `logins_ok`. Values
    that a run never reached are left out. `problems` are the differences from the scenario.
    `status` is the execution's status in Step Functions.
    """

    scenario: str
    expected: str
    outcome: str
    cause: str
    status: str
    started: datetime
    ended: datetime
    history: Sequence[Event]
    invocations: Sequence[Invocation]
    requests: Sequence[Request]
    traffic: Mapping[str, Any]
    identities: Mapping[str, Any]
    freeze_seconds: float | None
    late_changes: int | None  # carried over while live was read-only
    lock: Literal["free", "held"]
    live_release: str
    listener_final: Sequence[Share]
    mails: Sequence[Mail] = ()
    candidate: str = ""
    image: str = ""
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by release
    metrics: Sequence[Mapping[str, Any]] = ()  # what CloudWatch would make of the functions' logs
    problems: Sequence[str] = ()
