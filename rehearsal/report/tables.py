"""The tables of the page: identities, the run, cost, functions, e-mails."""

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.report import labels
from rehearsal.report.cost import USD_PER_GB_SECOND, USD_PER_REQUEST, USD_PER_TRANSITION
from rehearsal.report.figures import proved
from rehearsal.report.layout import grid, pairs, section
from rehearsal.report.markup import Markup, tag

Report = Mapping[str, Any]


def identities(report: Report) -> Markup:
    found: Mapping[str, Any] = report["identities"]
    equal = proved(report)
    return section(
        "Identities",
        pairs((labels.label(key), _value(key, value)) for key, value in found.items()),
        note={
            True: "The candidate's directory equals live's, entry by entry.",
            False: "The candidate's directory differs from live's.",
            None: "The two directories were not compared.",
        }[equal],
    )


def images(report: Report) -> Markup | None:
    if not report["images"]:
        return None
    return section(
        "Images",
        grid(
            ("Release", "AMI", "Recipe", "Made from", "Age", "Vulnerabilities"),
            (
                (
                    release,
                    image["image"],
                    image["recipe"] or labels.NOTHING,
                    image["base"] or labels.NOTHING,
                    f"{labels.count(image['age_days'])} days",
                    _vulnerabilities(image["vulnerabilities"]),
                )
                for release, image in report["images"].items()
            ),
        ),
        note="Only AMI and age are known for images that the pipeline did not build and judge.",
    )


def _vulnerabilities(found: Mapping[str, int] | None) -> str:
    if found is None:
        return "unknown"
    return ", ".join(f"{count} {severity}" for severity, count in found.items())


def run(report: Report) -> Markup:
    execution = report["execution"]
    rows = {
        "Scenario": report["scenario"],
        "Live release": report["live_release"],
        "Candidate": report["candidate"],
        "Lock": report["lock"],
        "Execution": execution["status"],
        "Started": report["started"].replace("T", " ")[:19] + " UTC",
        "Took": labels.seconds(report["seconds"]),
        **{labels.label(key): labels.count(n) for key, n in _other_counts(report["traffic"])},
    }
    return section("Run", pairs((name, value or labels.NOTHING) for name, value in rows.items()))


def cost(report: Report) -> Markup:
    spent = report["execution"]
    return section(
        "Cost",
        grid(
            ("", "Quantity", "USD per unit", "USD"),
            (
                _priced("State transitions", spent["transitions"], USD_PER_TRANSITION),
                _priced("Lambda requests", spent["lambda_invocations"], USD_PER_REQUEST),
                _priced("Lambda GB-seconds", spent["lambda_gb_seconds"], USD_PER_GB_SECOND),
            ),
            foot=("Together", "", "", f"{spent['cost_usd']:.6f}"),
        ),
        note="Public prices of us-east-1 (Lambda on Arm), without the free tier. "
        "The candidate's own machines, image and build are not in it.",
    )


def functions(report: Report) -> Markup | None:
    if not report["functions"]:
        return None
    return section(
        "Functions",
        grid(
            ("Function", "Calls", "Cold", "Errors", "Longest", "Billed"),
            (
                (
                    called["function"],
                    labels.count(called["invocations"]),
                    labels.count(called["cold"]),
                    labels.count(called["errors"]),
                    labels.milliseconds(called["longest_ms"]),
                    labels.milliseconds(called["billed_ms"]),
                )
                for called in report["functions"]
            ),
        ),
    )


def mails(report: Report) -> Markup | None:
    if not report["mails"]:
        return None
    return section("Mails sent", tag("ul", *map(_mail, report["mails"]), class_="mails"))


def _mail(mail: Mapping[str, Any]) -> Markup:
    at = f" at {mail['at'][11:19]} UTC" if mail["at"] else ""
    return tag("li", mail["subject"], tag("small", f"to {mail['to']}{at}"))


def _value(key: str, value: object) -> str:
    if key.endswith("_digest") and value:
        return tag("code", str(value))
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return labels.count(value) if isinstance(value, int | float) else str(value or labels.NOTHING)


def _priced(name: str, quantity: float, price: float) -> tuple[str, str, str, str]:
    return name, labels.count(quantity), f"{price:.10f}".rstrip("0"), f"{quantity * price:.6f}"


def _other_counts(traffic: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    shown = ("requests", "failed", "longest_gap_ms")
    return ((k, v) for k, v in traffic.items() if isinstance(v, int) and k not in shown)
