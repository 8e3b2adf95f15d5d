"""What came of an event: one decision with its reason, which the log keeps."""

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
    decision: Decision
    why: str


def told(occasion: str, subject: str, message: str, services: Services) -> EventResult:
    whole = f"{services.default_cluster}: {subject}"
    if notify_once(occasion, whole, message, services):
        return EventResult(decision=Decision.TOLD, why=subject)
    return duplicate(f"told before: {subject}")


def ignored(why: str) -> EventResult:
    return EventResult(decision=Decision.IGNORED, why=why)


def refused(why: str) -> EventResult:
    return EventResult(decision=Decision.REFUSED, why=why)


def duplicate(why: str) -> EventResult:
    return EventResult(decision=Decision.DUPLICATE, why=why)


def printable(value: object) -> str:
    """Whatever an event holds, short and plain enough for a line."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return short if short.isprintable() else ascii(short)
