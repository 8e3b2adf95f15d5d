"""Keeps the logs of a rehearsal that went wrong, whose scratch folder is about to go."""

import shutil
from pathlib import Path

_LOGS = ("*.log", "commands.jsonl", "logs/*", "hosts/*.log", "builds/*.log")


def logs_of(work: Path) -> list[Path]:
    """Every log of a rehearsal whose scratch folder is `work`."""
    return [path for pattern in _LOGS for path in sorted(work.glob(pattern)) if path.is_file()]


def keep_logs(work: Path, out: Path) -> Path | None:
    """The folder where they are now; None where there are none."""
    found = logs_of(work)
    kept = out / "logs"
    shutil.rmtree(kept, ignore_errors=True)
    for path in found:
        target = kept / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return kept if found else None
