"""The states over time: one line for each state, one bar for each visit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rehearsal.report import labels
from rehearsal.report.axis import Axis
from rehearsal.report.markup import Markup, tag

Visit = Mapping[str, Any]

# Browsers draw no stroke for a bar of width 0.
SHORTEST = 5_000


def by_state(timeline: Iterable[Visit]) -> list[list[Visit]]:
    """Group the visits of each state, in the order of the first visit."""
    states: dict[str, list[Visit]] = defaultdict(list)
    for visit in timeline:
        states[visit["state"]].append(visit)
    return list(states.values())


def track(visits: Sequence[Visit], axis: Axis) -> Markup:
    bars = (_bar(visit, axis) for visit in visits)
    return tag("svg", *axis.grid(), *bars, class_="track", aria_hidden="true")


def scale(axis: Axis) -> Markup:
    return tag("svg", *axis.times(12), height=16, aria_hidden="true")


def _bar(visit: Visit, axis: Axis) -> Markup:
    phase = visit["kind"] in ("parallel", "map")
    said = f"{visit['state']}: {visit['outcome']}, {labels.seconds(visit['seconds'])}"
    return tag(
        "rect",
        tag("title", said),
        x=axis.percent(axis.moment(visit["entered"])),
        width=axis.percent(max(visit["seconds"], axis.seconds / SHORTEST)),
        y="50%",
        height=4 if phase else 10,
        class_=f"bar {visit['kind']} {visit['outcome']}",
    )
