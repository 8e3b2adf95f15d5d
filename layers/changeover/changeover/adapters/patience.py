"""How often to look at something that takes a while, and for how long."""

import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Quickly at first, then ever more slowly."""

    first_seconds: float
    longest_seconds: float
    total_seconds: float

    def looks(self) -> Iterator[None]:
        """Yield at once, then after every pause, until the time is over."""
        over = time.monotonic() + self.total_seconds
        pause = self.first_seconds
        yield
        while time.monotonic() < over:
            time.sleep(pause)
            pause = min(pause * 1.5, self.longest_seconds)
            yield
