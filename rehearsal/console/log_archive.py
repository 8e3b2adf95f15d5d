"""Keep the logs of a failed rehearsal before its scratch folder is deleted."""

import shutil
from pathlib import Path

_LOGS = ("*.log", "commands.jsonl", "logs/*", "hosts/*.log", "builds/*.log")


def logs_of(work: Path) -> list[Path]:
    """The log files in a rehearsal's scratch folder `work`."""
    return [path for pattern in _LOGS for path in sorted(work.glob(pattern)) if path.is_file()]


def keep_logs(work: Path, out: Path) -> Path | None:
    """Copy the logs and return their folder. None if there are no logs."""
    found = logs_of(work)
    kept = out / "logs"
    shutil.rmtree(kept, ignore_errors=True)
    for path in found:
        target = kept / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return kept if found else None
