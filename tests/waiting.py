"""Waits for what other processes do, as long as a slow machine may need, and no longer."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

PATIENCE = 180

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], seconds: float = PATIENCE) -> Found:
    """The first answer that is not empty, none, nought or false; fails when there never is one."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


def read_lines(path: Path) -> list[Any]:
    """One JSON text a line; what another process has not written to its end is not there yet."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
