"""One deadline for all waits of a Lambda invocation, so that they end before Lambda times out."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SHARE = 13 / 15
"""Share of an invocation's time that its waits may take: 780 of 900 seconds.

The rest is for reading, writing and reporting the reason.
"""

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def shared(remaining_seconds: float) -> Iterator[None]:
    """Limit all waits in the context to their share of Lambda's remaining time."""
    before = _ends.set(time.monotonic() + remaining_seconds * SHARE)
    try:
        yield
    finally:
        _ends.reset(before)


def seconds_left() -> float:
    """Seconds until the shared deadline. Infinite without an invocation, negative afterward."""
    return _ends.get() - time.monotonic()
