"""The folder for report and logs, locked so that one rehearsal uses it at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path


class BusyError(RuntimeError):
    """Another rehearsal writes to the folder."""


@contextmanager
def claimed(folder: Path, *, only_this: bool) -> Iterator[Path]:
    """Hold the folder, or a free one beside it, such as `rehearsal-2`.

    Creates the folder, and removes it if nothing was written. Raises BusyError if `only_this` is
    set and another rehearsal holds the folder.
    """
    beside = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    for each in chain([folder], () if only_this else beside):
        if (handle := _hold(each)) is not None:
            break
    else:
        raise BusyError(f"another rehearsal writes to {folder}: choose another folder with OUT=")
    try:
        yield each
    finally:
        with suppress(OSError):
            each.rmdir()
        os.close(handle)


def _hold(folder: Path) -> int | None:
    """An open lock on the folder. None if another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
