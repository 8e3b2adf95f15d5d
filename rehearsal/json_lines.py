"""Files that another process may still be writing, one JSON text a line."""

import json
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> list[Any]:
    """As far as they are written: the last line may be half there, and the file not at all."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
