"""Users' requests on the page: drawn over time, counted by release, and where they go now."""

from collections.abc import Mapping, Sequence
from typing import Any

from rehearsal.report import labels
from rehearsal.report.axis import Axis
from rehearsal.report.layout import section
from rehearsal.report.markup import Markup, tag
from rehearsal.report.traffic_chart import traffic_chart

Report = Mapping[str, Any]


def users(report: Report, axis: Axis) -> Markup:
    traffic = report["traffic"]
    if not traffic["requests"]:
        return section("Users' requests", _listener(report), note="No request was made.")
    releases = releases_of(report)
    width = traffic["over_time"]["slot_seconds"]
    return section(
        "Users' requests",
        _key(report, releases),
        traffic_chart(report, releases, axis),
        _listener(report),
        note="per second" if width == 1 else f"per {width} seconds",
    )


def releases_of(report: Report) -> Sequence[str]:
    """The releases in the order in which users reached them."""
    slots = report["traffic"]["over_time"]["slots"]
    return list(dict.fromkeys(name for slot in slots for name in slot["by_release"]))


def _key(report: Report, releases: Sequence[str]) -> Markup:
    traffic = report["traffic"]
    counted = [
        (f"release-{number}", name, traffic["by_release"].get(name, 0))
        for number, name in enumerate(releases)
    ]
    return tag(
        "p",
        *(
            tag("span", tag("i", class_=f"swatch {kind}"), f"{name} ", tag("b", labels.count(n)))
            for kind, name, n in [*counted, ("failure", "failed", traffic["failed"])]
        ),
        class_="key",
    )


def _listener(report: Report) -> Markup:
    shares = report["traffic"]["listener_final"]
    whole = sum(share["weight"] for share in shares) or 1
    parts = {share["release"]: 100 * share["weight"] / whole for share in shares}
    said = [tag("b", f"{name} {part:.0f} %") for name, part in parts.items()]
    return tag(
        "p",
        "At the end the front door sends users to ",
        *(said or [tag("b", "no release")]),
        class_="listener",
    )
