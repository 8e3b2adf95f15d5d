"""Count users' requests in equally long slots of time, few enough to draw."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from rehearsal.report.record import Request

SLOTS = 120
SLOT_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


class Slot(TypedDict):
    """Answered requests by release. Failed requests are counted separately."""

    by_release: dict[str, int]
    failed: int


class OverTime(TypedDict):
    """Slot n covers `slot_seconds` from `begin` + n * `slot_seconds`."""

    begin: str
    slot_seconds: int
    slots: list[Slot]


def over_time(requests: Sequence[Request], started: datetime, ended: datetime) -> OverTime:
    """Slots from start to end, and further if there were requests outside."""
    times = [request["t"] for request in requests]
    begin = min([started.timestamp(), *times])
    seconds = max([ended.timestamp(), *times]) - begin
    width = slot_seconds(seconds)
    slots: list[list[Request]] = [[] for _ in range(math.floor(seconds / width) + 1)]
    for request in requests:
        slots[math.floor((request["t"] - begin) / width)].append(request)
    return OverTime(
        begin=datetime.fromtimestamp(begin, UTC).isoformat(timespec="milliseconds"),
        slot_seconds=width,
        slots=[_count(slot) for slot in slots],
    )


def slot_seconds(seconds: float) -> int:
    fitting = (width for width in SLOT_SECONDS if seconds / width <= SLOTS)
    return next(fitting, math.ceil(seconds / SLOTS))


def _count(slot: Sequence[Request]) -> Slot:
    answered = Counter(request["release"] or "no release" for request in slot if request["ok"])
    return Slot(by_release=dict(answered), failed=len(slot) - answered.total())
