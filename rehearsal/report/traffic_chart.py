"""Requests over time: one bar for each slot, releases stacked, failures on top, events marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from rehearsal.report import labels
from rehearsal.report.axis import Axis
from rehearsal.report.markup import Markup, join, tag

# pixels: the line of a mark's label, the bars, the times below them
LABEL, BARS, TIMES = 18, 150, 22
# A label further right than this share of the width is left of its mark.
ROOM_FOR_A_LABEL = 0.6


@dataclass(frozen=True)
class Mark:
    """An event that affected traffic, and its duration."""

    at: float
    label: str
    seconds: float = 0


@dataclass(frozen=True)
class Plot:
    """The vertical position of a number of requests."""

    top: int
    highest: int

    @property
    def bottom(self) -> int:
        return self.top + BARS

    def height(self, requests: int) -> float:
        return round(BARS * requests / max(1, self.highest), 2)

    def y(self, requests: int) -> float:
        return round(self.bottom - self.height(requests), 2)


def traffic_chart(report: Mapping[str, Any], releases: Sequence[str], axis: Axis) -> Markup:
    slots = report["traffic"]["over_time"]["slots"]
    marks = marks_of(report, axis)
    plot = Plot(top=8 + LABEL * len(marks), highest=max(map(_total, slots), default=0))
    return tag(
        "svg",
        *(_band(mark, axis, plot) for mark in marks if mark.seconds),
        *_levels(plot),
        *(_bar(slots, number, releases, plot) for number in range(len(slots))),
        *(_line(mark, row, axis, plot) for row, mark in enumerate(marks)),
        *axis.times(plot.bottom + 16),
        class_="chart",
        height=plot.bottom + TIMES,
        role="img",
        aria_label="Requests over time, by the release that answered",
    )


def marks_of(report: Mapping[str, Any], axis: Axis) -> list[Mark]:
    """The read-only time as it was measured. It ends with the shift."""
    freeze = report["freeze_seconds"] or 0
    marks = []
    for visit in report["timeline"]:
        at = axis.moment(visit["entered"])
        match visit["state"], visit["outcome"]:
            case "Shift Traffic", "succeeded":
                shifted = at + visit["seconds"]
                read_only = f"read-only for {labels.seconds(freeze)}"
                marks += [Mark(shifted - freeze, read_only, freeze), Mark(shifted, "shift")]
            case "Roll Back", _:
                marks.append(Mark(at, "roll back"))
    return marks


def _bar(
    slots: Sequence[Mapping[str, Any]], number: int, releases: Sequence[str], plot: Plot
) -> Markup:
    slot, width = slots[number], 100 / len(slots)
    counts = [*(slot["by_release"].get(name, 0) for name in releases), slot["failed"]]
    classes = [*(f"release-{n}" for n in range(len(releases))), "failure"]
    return join(
        *(
            tag(
                "rect",
                x=f"{(number + 0.1) * width:.3f}%",
                width=f"{0.8 * width:.3f}%",
                y=plot.y(up_to),
                height=plot.height(requests),
                class_=name,
            )
            for requests, up_to, name in zip(counts, accumulate(counts), classes, strict=True)
            if requests
        )
    )


def _levels(plot: Plot) -> Iterable[Markup]:
    for level in sorted({0, plot.highest // 2, plot.highest}):
        y = plot.y(level)
        yield tag("line", x1=0, x2="100%", y1=y, y2=y, class_="grid")
        if level:
            yield tag("text", labels.count(level), x=-8, y=y + 4, text_anchor="end")


def _band(mark: Mark, axis: Axis, plot: Plot) -> Markup:
    return tag(
        "rect",
        x=axis.percent(mark.at),
        width=axis.percent(mark.seconds),
        y=4,
        height=plot.bottom - 4,
        class_="band",
    )


def _line(mark: Mark, row: int, axis: Axis, plot: Plot) -> Markup:
    x, y = axis.percent(mark.at), 4 + LABEL * row
    far = mark.at > ROOM_FOR_A_LABEL * axis.seconds
    anchor = "end" if far else "start"
    return join(
        tag("line", x1=x, x2=x, y1=y, y2=plot.bottom, class_="mark"),
        tag("text", mark.label, x=x, y=y + 10, class_=f"said {anchor}"),
    )


def _total(slot: Mapping[str, Any]) -> int:
    return sum((slot["failed"], *slot["by_release"].values()))
