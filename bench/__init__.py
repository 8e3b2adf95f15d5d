"""Benchmarks: each measures something of ours beside a yardstick, in the same run.

A benchmark is a module in this folder with a function `measure() -> Iterable[Measurement]`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """Ours and the yardstick's amount of one unit; `at_most` is the ratio that we aim for."""

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
