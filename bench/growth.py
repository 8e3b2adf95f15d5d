"""The cost of an entry in a small, a large and a huge directory. The total must grow linearly.

The cost of a byte must also stay constant, whichever one thing grows: members, passwords, the
length of a value, the depth of the tree. A quadratic cost doubles the cost of a byte with each
doubling.

The huge directory is compared with the large one, because the start weighs more in a small one.
slapadd is measured too, as the part of an import that is not ours. Its indexes are trees, and
n log n alone makes 1.23.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from bench import said
from bench.contest.rounds import Contender, medians, ours, progress
from bench.contest.slapadd import BareDatabase
from bench.growing.cases import CASES
from bench.growing.once import Cost, cheapest
from bench.snapshots.kept import Snapshots, snapshots_of

SMALL, LARGE, HUGE = SIZES = (1_000, 10_000, 100_000)
_AT_MOST = {"check": 1.3, "delta": 1.3, "slapadd -q": 1.5}


@dataclass(frozen=True)
class Growth:
    """Microseconds for each entry of one snapshot, by number of users."""

    HEAD: ClassVar = (
        f"| µs an entry, users: | {SMALL:,} | {LARGE:,} | {HUGE:,} | growth | at most | |",
        "|---|--:|--:|--:|--:|--:|---|",
    )

    what: str
    costs: dict[int, float]
    at_most: float

    @property
    def ratio(self) -> float:
        return self.costs[HUGE] / self.costs[LARGE]

    @property
    def met(self) -> bool:
        return self.ratio <= self.at_most

    def __str__(self) -> str:
        costs = " | ".join(f"{self.costs[size]:.3g}" for size in SIZES)
        return f"| {self.what} | {costs} | {self.ratio:.2f} | {self.at_most:.2f} | {said(self)} |"


@dataclass(frozen=True)
class Doubling:
    """CPU seconds at one size and at four times that. `at_most` limits the cost for each byte."""

    HEAD: ClassVar = (
        "| twice as much of | s | four times as much, s | growth a byte and doubling | at most | |",
        "|---|--:|--:|--:|--:|---|",
    )

    what: str
    small: Cost
    large: Cost
    at_most: float = 1.4

    @property
    def ratio(self) -> float:
        return math.sqrt(self.large.of_a_byte / self.small.of_a_byte)

    @property
    def met(self) -> bool:
        return self.ratio <= self.at_most

    def __str__(self) -> str:
        costs = f"{self.small.seconds:.3f} | {self.large.seconds:.3f}"
        return f"| {self.what} | {costs} | {self.ratio:.2f} | {self.at_most:.2f} | {said(self)} |"


def measure() -> Iterator[Growth | Doubling]:
    for name, case in CASES.items():
        progress(name)
        yield Doubling(name, cheapest(name, case.size), cheapest(name, 4 * case.size))
    yield from _of_entries()


def _of_entries() -> Iterator[Growth]:
    with TemporaryDirectory(prefix="changeover-") as scratch:
        bare = BareDatabase(Path(scratch) / "bare")
        works: dict[str, Callable[[Snapshots], Contender]] = {
            "check": lambda kept: ours("check", kept.before),
            "delta": lambda kept: ours("delta", *kept.gzipped),
            "slapadd -q": lambda kept: bare.loading(kept.before),
        }
        figures = medians(
            {
                _run(work, size): contender(snapshots_of(size))
                for size, (work, contender) in product(SIZES, works.items())
            }
        )
    entries = {size: figures[_run("slapadd -q", size)].results for size in SIZES}
    for work, at_most in _AT_MOST.items():
        costs = {size: figures[_run(work, size)].seconds / entries[size] * 1e6 for size in SIZES}
        yield Growth(work, costs, at_most)


def _run(work: str, size: int) -> str:
    return f"{work}, {size:,} users"
