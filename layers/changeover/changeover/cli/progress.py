"""Show the progress of a large file, and the work after it, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

_PATIENCE = 1.0  # seconds before the first message
_PAUSE = 0.2  # seconds between messages
_MEGABYTE = 1_000_000


class Progress:
    """The progress of one file, if stderr is a terminal. `size` in bytes is None if unknown."""

    def __init__(
        self,
        name: str,
        size: int | None,
        clock: Callable[[], float] = monotonic,
        verb: str = "read",
    ) -> None:
        self._name = name
        self._whole = "" if size is None else f" of {size // _MEGABYTE}"
        self._verb = verb
        self._clock = clock
        self._watched = sys.stderr.isatty()
        self._next = clock() + _PATIENCE
        self._done = 0
        self._said = False

    def add(self, number: int) -> None:
        self._done += number
        if self._watched and self._clock() > self._next:
            self._next = self._clock() + _PAUSE
            _say(f"\r{self._name}: {self._done // _MEGABYTE}{self._whole} MB {self._verb}")
            self._said = True

    def end(self) -> None:
        """Clear the line."""
        if self._said:
            _say("\r\033[K")


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Show what is being done, without progress, until the context ends."""
    watched = sys.stderr.isatty()
    if watched:
        _say(f"\r{what} …")
    try:
        yield
    finally:
        if watched:
            _say("\r\033[K")


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
