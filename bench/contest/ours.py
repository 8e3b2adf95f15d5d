"""Ours: `python -m bench.contest.ours check FILE`, or `delta OLD.gz NEW.gz`."""

import sys
from pathlib import Path

from bench.contest.figures import report
from changeover.identities import export_diff
from changeover.identities.audit import inspect
from changeover.identities.change_plan import plan
from changeover.ldap import fast_reader
from changeover.soca.dialect import SOCA_2_6


def check(path: Path) -> int:
    """Parse, check and digest. Returns the number of entries that would move."""
    with path.open("rb") as stream:
        return inspect(stream, SOCA_2_6).entries


def delta(before: Path, after: Path) -> int:
    """Make an ordered plan from two gzip files. Returns the number of changes."""
    with before.open("rb") as old, after.open("rb") as new:
        compared = export_diff.compare(fast_reader.unzipped(old), fast_reader.unzipped(new))
    return len(plan(compared.old, compared.new))


if __name__ == "__main__":
    match sys.argv[1:]:
        case "check", tree:
            report(lambda: check(Path(tree)))
        case "delta", old, new:
            report(lambda: delta(Path(old), Path(new)))
