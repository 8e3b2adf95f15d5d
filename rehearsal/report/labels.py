"""Labels for figures and outcomes."""

from collections.abc import Mapping
from typing import Any

NOTHING = "—"
SECOND = 1_000  # milliseconds
MINUTE = 60

HEADLINES = {
    "completed": "Upgrade completed",
    "refused": "Upgrade refused",
    "discarded": "Candidate discarded",
    "rejected": "Candidate not approved",
    "rolled-back": "Upgrade rolled back",
    "built": "Release built",
    "no upgrade": "No upgrade, and an e-mail says why",
}
MEANINGS = {
    "completed": "The candidate is live. The previous release keeps running.",
    "refused": "The plan was refused before anything was changed.",
    "discarded": "A step failed before any user was moved, so the candidate was deleted.",
    "rejected": "Nobody approved it, so no user was moved and the candidate was deleted.",
    "rolled-back": "A step failed after users were moved, so they were moved back.",
    "built": "Only a build was asked for, so nothing was deployed.",
    "no upgrade": "There was no good new image, so no upgrade started.",
}


def headline(outcome: str) -> str:
    return HEADLINES.get(outcome, f"Upgrade ended: {outcome}")


def verdict(report: Mapping[str, Any]) -> str:
    """Whether the run ended as its scenario is defined to end."""
    if report["outcome"] != report["expected"]:
        return f"expected: {report['expected']}"
    if report["problems"]:
        return f"not as defined: {'; '.join(report['problems'])}"
    return "as expected"


def meaning(report: Mapping[str, Any]) -> str:
    """What the outcome means, where users are now, and what they noticed."""
    traffic, live = report["traffic"], report["live_release"]
    sentences = [MEANINGS.get(report["outcome"], "")]
    if live:
        sentences.append(f"Users are on {live}.")
    if traffic["failed"]:
        sentences.append(
            f"{count(traffic['failed'])} of {count(traffic['requests'])} requests failed."
        )
    elif traffic["requests"]:
        sentences.append(f"All {count(traffic['requests'])} requests were answered.")
    return " ".join(filter(None, sentences))


def count(number: float | None) -> str:
    return NOTHING if number is None else f"{number:,}"


def milliseconds(number: float | None) -> str:
    if number is None or number >= SECOND:
        return seconds(number and number / SECOND)
    return f"{number:,.0f} ms"


def seconds(number: float | None) -> str:
    """A duration for a person: 0.04 s, 12.3 s, 4 min 05 s, 2 h 03 min."""
    if number is None:
        return NOTHING
    if round(number, 1) < MINUTE:
        return f"{number:.1f} s" if number >= 10 else f"{number:.2f} s"  # noqa: PLR2004 - two digits say enough
    minutes, rest = divmod(round(number), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def clock(number: float) -> str:
    """A moment of the run: 0:07, 12:30, 1:02:30."""
    minutes, rest = divmod(round(number), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def usd(number: float) -> str:
    return f"{number:.4f} USD"


def label(key: str) -> str:
    """Convert a key such as `sudo_roles` to the beginning of a line."""
    return key.replace("_", " ").capitalize()
