"""The time that all waits of one invocation share, so that together they end before Lambda does."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SHARE = 13 / 15
"""How much of an invocation's time its waits may take: 780 of 900 seconds.

The rest is for reading, writing and telling why.
"""

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def shared(remaining_seconds: float) -> Iterator[None]:
    """Let everything within wait for at most its share of the time that Lambda still gives."""
    before = _ends.set(time.monotonic() + remaining_seconds * SHARE)
    try:
        yield
    finally:
        _ends.reset(before)


def seconds_left() -> float:
    """Until the shared deadline; infinite outside of an invocation, negative once it has passed."""
    return _ends.get() - time.monotonic()
