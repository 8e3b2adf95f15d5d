"""Benchmarks: each compares a part of Changeover with a yardstick, in the same run.

A benchmark is a module in this folder with a function `measure() -> Iterable[Row]`. The folders
below have the parts that several benchmarks share.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

ROOT = Path(__file__).parents[1]


class Row(Protocol):
    """A line of a Markdown table with the given head. Rows of one type are in one table."""

    HEAD: ClassVar[tuple[str, str]]

    @property
    def met(self) -> bool: ...

    def __str__(self) -> str: ...


@dataclass(frozen=True)
class Measurement:
    """Our figure and the yardstick's in one unit. `at_most` is the target ratio."""

    HEAD: ClassVar = (
        "| measured | ours | yardstick | theirs | ratio | at most | |",
        "|---|--:|---|--:|--:|--:|---|",
    )

    what: str
    ours: float
    yardstick: str
    theirs: float
    unit: str
    at_most: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        return self.ratio <= self.at_most

    def __str__(self) -> str:
        amounts = f"{self.ours:.3g} {self.unit} | {self.yardstick} | {self.theirs:.3g} {self.unit}"
        return f"| {self.what} | {amounts} | {self.ratio:.2f} | {self.at_most:.2f} | {said(self)} |"


def said(row: Row) -> str:
    return "" if row.met else "missed"
