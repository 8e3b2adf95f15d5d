"""The states on the page: a chart with a line for each state, and a list of all visits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from rehearsal.report import gantt, labels
from rehearsal.report.axis import Axis
from rehearsal.report.layout import section
from rehearsal.report.markup import Markup, tag

MARKS = {"succeeded": "✓", "failed": "✗", "aborted": "—", "running": "…"}
KEY = (("task", "work"), ("wait", "waiting"), ("parallel", "phase"), ("task failed", "failed"))

Visit = Mapping[str, Any]


def states(report: Mapping[str, Any], axis: Axis) -> Markup:
    timeline: Sequence[Visit] = report["timeline"]
    if not timeline:
        return section("States", note="No state was entered.")
    told = {visit["cause"] for visit in timeline if visit["kind"] == "task"}
    return section(
        "States",
        _key(),
        _table(
            ("State", gantt.scale(axis), "Time", "Outcome"),
            (_state(visits, axis, told) for visits in gantt.by_state(timeline)),
        ),
        tag(
            "details",
            tag("summary", f"All {len(timeline)} visits in order"),
            _table(
                ("State", "Entered", "Time", "Outcome"), (_visit(visit, axis) for visit in timeline)
            ),
        ),
    )


def _key() -> Markup:
    return tag("p", *(_key_item(kind, said) for kind, said in KEY), class_="key")


def _key_item(kind: str, said: str) -> Markup:
    return tag("span", tag("i", class_=f"swatch bar {kind}"), said)


def _state(visits: Sequence[Visit], axis: Axis, told: Collection[str]) -> Markup:
    """A row of the chart. A phase does not repeat the cause of its task."""
    tells = visits[0]["kind"] == "task"
    causes = dict.fromkeys(_cause(v) for v in visits if tells or v["cause"] not in told)
    return _row(
        visits[-1],
        (_name(visits), tag("td", gantt.track(visits, axis), *causes, class_="drawn")),
        sum(visit["seconds"] for visit in visits),
    )


def _visit(visit: Visit, axis: Axis) -> Markup:
    entered = labels.clock(axis.moment(visit["entered"]))
    return _row(
        visit,
        (_name([visit]), tag("td", entered, _cause(visit), class_="entered")),
        visit["seconds"],
    )


def _name(visits: Sequence[Visit]) -> Markup:
    retries = sum(max(0, visit["attempts"] - 1) for visit in visits)
    notes = (
        f"{len(visits)} times" if len(visits) > 1 else "",
        f"retried {retries} times" if retries > 1 else "retried once" if retries else "",
    )
    note = ", ".join(filter(None, notes))
    return tag(
        "th",
        visits[0]["state"],
        tag("small", f" {note}") if note else None,
        scope="row",
        style=f"--depth:{visits[0]['depth']}",
    )


def _row(visit: Visit, cells: Iterable[Markup], seconds: float) -> Markup:
    outcome = visit["outcome"]
    return tag(
        "tr",
        *cells,
        tag("td", labels.seconds(seconds), class_="time"),
        tag("td", tag("b", MARKS[outcome]), tag("span", outcome), class_=f"outcome {outcome}"),
        class_=visit["kind"],
    )


def _cause(visit: Visit) -> Markup | None:
    said = ": ".join(filter(None, (visit["error"], visit["cause"])))
    return tag("p", said, class_="cause") if said else None


def _table(head: Iterable[str], rows: Iterable[Markup]) -> Markup:
    return tag(
        "table",
        tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head))),
        tag("tbody", *rows),
        class_="states",
    )
