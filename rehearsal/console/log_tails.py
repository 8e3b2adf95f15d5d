"""The last lines of a log, as a person may read them in an error message."""

import re
from pathlib import Path

from changeover.cli.text import legible

_LINES = 6
_WIDTH = 300  # characters of a line
_READ = 1 << 16  # bytes
# A server may quote the line that it cannot read, and with it a password hash.
_HASH = re.compile(r"(\{[\w./-]+\})\S+|(userpassword:+)\s*\S.*", re.IGNORECASE)


def log_end(log: Path) -> str:
    """Indented lines for an error message. A sentence if the log is empty."""
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - _READ, 0))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        text = ""
    return text_end(text)


def text_end(text: str) -> str:
    """Like `tail`, for a text."""
    lines = [line for line in map(str.rstrip, text.splitlines()) if line.strip()][-_LINES:]
    return "".join(f"\n  {_shown(line)}" for line in lines) or "\n  (nothing)"


def _shown(line: str) -> str:
    hidden = _HASH.sub(lambda found: f"{found[1] or found[2]}…", line)
    return legible(hidden if len(hidden) <= _WIDTH else f"{hidden[:_WIDTH]}…")
