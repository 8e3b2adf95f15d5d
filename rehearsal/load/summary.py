"""Summarize the requests of all users from their JSON lines."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, TypedDict

from rehearsal.json_lines import read_lines


class Summary(TypedDict):
    """`longest_gap_ms` is the longest time without a successful answer for any user."""

    requests: int
    failed: int
    relogins: int
    longest_gap_ms: int
    by_release: dict[str, int]


def summary(path: Path) -> Summary:
    """Summarize a file, also while it grows. `by_release` counts the answers of each release."""
    records = read_lines(path)
    return Summary(
        requests=len(records),
        failed=sum(not record["ok"] for record in records),
        relogins=sum(record["what"] == "relogin" for record in records),
        longest_gap_ms=_longest_gap_ms(records),
        by_release=dict(Counter(record["release"] for record in records if record["release"])),
    )


def _longest_gap_ms(records: list[dict[str, Any]]) -> int:
    """The longest gap between good answers, from the first request to the last answer."""
    if not records:
        return 0
    good = sorted(_answered(record) for record in records if record["ok"])
    first = min(float(record["t"]) for record in records)
    last = max(map(_answered, records))
    gaps = (after - before for before, after in pairwise([first, *good, last]))
    return round(max(gaps) * 1000)


def _answered(record: dict[str, Any]) -> float:
    return float(record["t"] + record["ms"] / 1000)
