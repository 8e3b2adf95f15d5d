"""Waits for what other processes do, as long as a slow machine may need, and no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

LONGEST_SECONDS = 180

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], seconds: float = LONGEST_SECONDS) -> Found:
    """The first answer that is not empty, none, nought or false; fails when there never is one."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found
