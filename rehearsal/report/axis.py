"""The time that all drawings of one page share.

The SVG coordinates are percentages, so drawings scale with the page and text keeps its size.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rehearsal.report import labels
from rehearsal.report.markup import Markup, tag

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)
TICKS = 7


@dataclass(frozen=True)
class Axis:
    """A time axis of `seconds` from `begin`. Its moments are seconds from its beginning."""

    begin: datetime
    seconds: float

    def moment(self, iso: str) -> float:
        return (datetime.fromisoformat(iso) - self.begin).total_seconds()

    def percent(self, seconds: float) -> str:
        return f"{100 * seconds / self.seconds:.3f}%"

    def grid(self) -> Iterable[Markup]:
        for tick in self._ticks():
            x = self.percent(tick)
            yield tag("line", x1=x, x2=x, y1=0, y2="100%", class_="grid")

    def times(self, y: int) -> Iterable[Markup]:
        for tick in self._ticks():
            anchor = "middle" if tick else "start"
            yield tag("text", labels.clock(tick), x=self.percent(tick), y=y, text_anchor=anchor)

    def _ticks(self) -> range:
        fitting = (step for step in STEPS if self.seconds / step <= TICKS)
        # A time at the very end would be cut off in the middle.
        return range(
            0,
            math.ceil(self.seconds * 0.97),
            next(fitting, math.ceil(self.seconds / TICKS)),
        )


def axis_of(report: Mapping[str, Any]) -> Axis:
    over_time = report["traffic"]["over_time"]
    return Axis(
        begin=datetime.fromisoformat(over_time["begin"]),
        seconds=float(over_time["slot_seconds"] * len(over_time["slots"])),
    )
