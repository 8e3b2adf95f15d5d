"""Delay SIGINT and SIGTERM while a child process starts, until its process object exists."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay signals. Otherwise a child could outlive the process that should end it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python delivers signals to the main thread only
        return
    came: list[int] = []
    before = {each: signal.signal(each, lambda sent, _: came.append(sent)) for each in _STOPS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        for sent in came:
            signal.raise_signal(sent)
