"""How often to poll an asynchronous operation, and for how long."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from changeover.adapters.deadline import seconds_left

# A pause is at most this share of the time waited so far, so the end is noticed soon.
_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Polling:
    """Poll quickly at first, then more slowly, and never past the invocation's deadline.

    `first_seconds` and `longest_seconds` bound each pause. `total_seconds` bounds the whole wait.
    """

    first_seconds: float
    longest_seconds: float
    total_seconds: float
    left: Callable[[], float] = seconds_left

    @property
    def bounded_seconds(self) -> float:
        """Seconds that the wait may take from now. 0 after the deadline."""
        return max(min(self.total_seconds, self.left()), 0)

    def attempts(self) -> Iterator[None]:
        """Yield immediately, then after every pause, until the time is over."""
        started, total_seconds = time.monotonic(), self.bounded_seconds
        yield
        while (waited := time.monotonic() - started) < total_seconds:
            pause = max(self.first_seconds, waited * _SHARE)
            time.sleep(min(pause, self.longest_seconds))
            yield
