"""How often to look at something that takes a while, and for how long."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

# Of all the time that it takes, at most this share passes before the end of it is noticed.
_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Patience:
    """Quickly at first, then ever more slowly."""

    first_seconds: float
    longest_seconds: float
    total_seconds: float

    def looks(self) -> Iterator[None]:
        """Yield at once, then after every pause, until the time is over."""
        begun = time.monotonic()
        yield
        while (waited := time.monotonic() - begun) < self.total_seconds:
            pause = max(self.first_seconds, waited * _SHARE)
            time.sleep(min(pause, self.longest_seconds))
            yield
