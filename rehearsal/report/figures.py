"""The six key figures of a run."""

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.report import labels
from rehearsal.report.markup import Markup, tag

Report = Mapping[str, Any]


def figures(report: Report) -> Markup:
    return tag("dl", *_all(report), class_="figures")


def _all(report: Report) -> Iterator[Markup]:
    yield _failed(report["traffic"])
    yield _gap(report["traffic"])
    yield _freeze(report["freeze_seconds"], report["late_changes"])
    yield _moved(report)
    yield _logins(report["identities"])
    cost = labels.usd(report["execution"]["cost_usd"])
    yield _figure("Cost on AWS", cost, "Step Functions and Lambda")


def _failed(traffic: Mapping[str, Any]) -> Markup:
    if not traffic["requests"]:
        return _figure("Failed requests", labels.NOTHING, "none was made")
    failed = traffic["failed"]
    return _figure(
        "Failed requests",
        labels.count(failed),
        f"of {labels.count(traffic['requests'])}",
        good=not failed,
    )


def _gap(traffic: Mapping[str, Any]) -> Markup:
    longest = traffic["longest_gap_ms"] if traffic["requests"] else None
    return _figure("Longest gap", labels.milliseconds(longest), "without a good answer")


def _freeze(length: float | None, changes: int | None) -> Markup:
    said = "live never frozen" if length is None else f"live read-only for {changes} late changes"
    return _figure("Freeze", labels.seconds(length), said)


def _moved(report: Report) -> Markup:
    equal, found = proved(report), report["identities"]
    if equal is None:
        return _figure("Identities moved", labels.NOTHING, "not compared")
    together = sum(found[kind] or 0 for kind in ("users", "groups", "sudo_roles"))
    said = "proved equal" if equal else "not equal"
    return _figure("Identities moved", labels.count(together), said, good=equal)


def _logins(found: Mapping[str, Any]) -> Markup:
    tried, passed = found["logins_tried"], found["logins_ok"]
    if not tried:
        return _figure("Logins ok", labels.NOTHING, "none was tried")
    said = f"of {labels.count(tried)} known passwords"
    return _figure("Logins ok", labels.count(passed), said, good=passed == tried)


def proved(report: Report) -> bool | None:
    """Whether both directories were equal. None if one was never read."""
    identities = report["identities"]
    live, candidate = identities["live_digest"], identities["candidate_digest"]
    return live == candidate if live and candidate else None


def _figure(name: str, value: str, note: str, *, good: bool | None = None) -> Markup:
    tone = {True: "good", False: "bad", None: None}[good]
    return tag(
        "div", tag("dt", name), tag("dd", value), tag("dd", note, class_="note"), class_=tone
    )
