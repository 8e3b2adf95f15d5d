"""Files of JSON lines that another process may still write."""

import json
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> list[Any]:
    """The complete lines. The last line may be incomplete, and the file may be missing."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
