"""A process in which users log in and fetch pages all the time. It records each request.

One JSON line a request: {"t","release","what","status","ms","ok"}; `t` is when it began, in seconds
since the epoch, and status 0 stands for no answer at all. What a request was:

    form     GET /login
    login    POST /auth with the right password
    page     GET of a page
    relogin  either of the two, when it had to log in again: its session stayed on another release
             (a session that is lost on its own release is a page that failed)
"""

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from rehearsal.load.summary import Summary, summary

__all__ = ["Load", "Summary", "summary"]

ROOT = Path(__file__).parents[2]


class Load:
    """Run the load process within a `with`. `credentials` is a JSON object {name: password}."""

    def __init__(  # noqa: PLR0913 (the bounds have good defaults)
        self,
        url: str,
        credentials: Path,
        out: Path,
        *,
        users: int = 8,
        rate: float = 25,
        seconds: float = 3600,
    ) -> None:
        places = ["--url", url, "--credentials", str(credentials), "--out", str(out)]
        bounds = ["--users", str(users), "--rate", str(rate), "--seconds", str(seconds)]
        self._command = [sys.executable, "-m", "rehearsal.load", *places, *bounds]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=ROOT, start_new_session=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        status = self._process.wait(timeout=20)
        if status not in (0, -signal.SIGTERM) and error is None:
            message = f"the load ended with status {status}; its messages are above"
            raise RuntimeError(message)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None
