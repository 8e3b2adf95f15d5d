"""How often to look at something that takes a while, and for how long."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from changeover.adapters.deadline import seconds_left

# Of all the time that it takes, at most this share passes before the end of it is noticed.
_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Polling:
    """Quickly at first, then ever more slowly, and never past the invocation's deadline."""

    first_seconds: float
    longest_seconds: float
    total_seconds: float
    left: Callable[[], float] = seconds_left

    @property
    def bounded_seconds(self) -> float:
        """How long it may take from now; 0 once the deadline has passed."""
        return max(min(self.total_seconds, self.left()), 0)

    def attempts(self) -> Iterator[None]:
        """Yield at once, then after every pause, until the time is over."""
        started, total_seconds = time.monotonic(), self.bounded_seconds
        yield
        while (waited := time.monotonic() - started) < total_seconds:
            pause = max(self.first_seconds, waited * _SHARE)
            time.sleep(min(pause, self.longest_seconds))
            yield
