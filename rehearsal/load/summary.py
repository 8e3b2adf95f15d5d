"""What the users met, from the lines that were written about them."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict

from rehearsal.json_lines import read_lines


class Summary(TypedDict):
    """`longest_gap_ms` is the longest time in which nobody got a good answer."""

    requests: int
    failed: int
    relogins: int
    longest_gap_ms: int
    by_release: dict[str, int]


def summary(path: Path) -> Summary:
    """Of a finished file or a growing one; `by_release` counts what a release answered."""
    records = read_lines(path)
    return Summary(
        requests=len(records),
        failed=sum(not record["ok"] for record in records),
        relogins=sum(record["what"] == "relogin" for record in records),
        longest_gap_ms=_longest_gap_ms(records),
        by_release=dict(Counter(record["release"] for record in records if record["release"])),
    )


def _longest_gap_ms(records: list[dict[str, Any]]) -> int:
    """From the first request to the last answer, whether those were good or not."""
    if not records:
        return 0
    good = sorted(_answered(record) for record in records if record["ok"])
    first = min(float(record["t"]) for record in records)
    last = max(map(_answered, records))
    gaps = (after - before for before, after in pairwise([first, *good, last]))
    return round(max(gaps) * 1000)


def _answered(record: dict[str, Any]) -> float:
    return float(record["t"] + record["ms"] / 1000)
