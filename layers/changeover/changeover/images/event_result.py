"""The result of an event: one decision and its reason, for the log."""

import reprlib
from enum import StrEnum

from changeover.images.notify_once import notify_once
from changeover.ports.services import Services
from changeover.types import Value

_SHOWN = 200


class Decision(StrEnum):
    STARTED = "started"
    TOLD = "told"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    REFUSED = "refused"


class EventResult(Value):
    """One decision and its reason, in words."""

    decision: Decision
    why: str


def told(occasion: str, subject: str, message: str, services: Services) -> EventResult:
    """Send an e-mail, once per `occasion`, which is the deduplication key."""
    whole = f"{services.default_cluster}: {subject}"
    if notify_once(occasion, whole, message, services):
        return EventResult(decision=Decision.TOLD, why=subject)
    return duplicate(f"notified before: {subject}")


def ignored(why: str) -> EventResult:
    return EventResult(decision=Decision.IGNORED, why=why)


def refused(why: str) -> EventResult:
    return EventResult(decision=Decision.REFUSED, why=why)


def duplicate(why: str) -> EventResult:
    return EventResult(decision=Decision.DUPLICATE, why=why)


def printable(value: object) -> str:
    """Return an event's value, short and printable enough for one log line."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return short if short.isprintable() else ascii(short)
