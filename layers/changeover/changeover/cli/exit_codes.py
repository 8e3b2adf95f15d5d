"""The ways a command can end, as its exit status says them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

FINE = 0
FOUND = 1
"""Findings that are errors, a conversion that is refused, or differences."""
UNUSABLE = 2
FAULT = 70
"""Ours: no script may take it for something that was found."""
INTERRUPTED = 130
BROKEN_PIPE = 141


class Unusable(Exception):
    """The input or the place for the output is no good; says why, and what to do."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Being ended is being interrupted: a draft, which holds password hashes, is removed."""
    ways = [
        way
        for way in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(way) is not signal.SIG_IGN
    ]
    before = {way: signal.signal(way, signal.default_int_handler) for way in ways}
    try:
        yield
    finally:
        for way, handler in before.items():
            signal.signal(way, handler)
