"""The exit statuses of the command-line tool."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

FINE = 0
FOUND = 1
"""There are errors or differences, or the conversion is refused."""
UNUSABLE = 2
FAULT = 70
"""A bug in this tool. It differs from FOUND, so that scripts do not confuse the two."""
INTERRUPTED = 130
BROKEN_PIPE = 141


class Unusable(Exception):
    """The input or the output file cannot be used. The message says why, and what to do."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Treat SIGTERM and SIGHUP like Ctrl-C, so that a draft with password hashes is removed."""
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
