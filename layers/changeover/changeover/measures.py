"""What the end of a call measures: which field of which answer is which metric, in one place.

By the answers' names, not their classes: a step imports its own part of the package only.
Dimensions are few and have few values: each combination is a metric that costs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from changeover.errors import ChangeoverError, Unhealthy

Unit = Literal["Count", "Seconds"]
CRASHED = "Crashed"


@dataclass(frozen=True, slots=True)
class Measure:
    """One value; its cluster is a dimension as well, and need not be named."""

    name: str
    value: float
    unit: Unit = "Count"
    dimensions: dict[str, str] = field(default_factory=dict)


def of_answer(answer: object, stage: str) -> list[Measure]:
    """What a step that was done has measured; nothing, for most."""
    kind = type(answer)
    found = _ANSWERS.get(f"{kind.__module__}.{kind.__name__}", _nothing)(answer)
    return [*found, _count("FailedProbes", 0, Stage=stage)] if stage in _PROBING else found


def of_failure(failure: Exception, stage: str) -> list[Measure]:
    """That a step failed and how, and how many things were wrong where it had to judge."""
    error = type(failure).__name__ if isinstance(failure, ChangeoverError) else CRASHED
    found = [_count("StepsFailed", Stage=stage, Error=error)]
    if isinstance(failure, Unhealthy) and failure.problems:
        if stage in _PROBING:
            found.append(_count("FailedProbes", len(failure.problems), Stage=stage))
        if stage == _JUDGING:
            found.append(_count("ImagesJudged", Verdict="bad"))
    return found


def _count(name: str, value: float = 1, **dimensions: str) -> Measure:
    return Measure(name, value, dimensions=dimensions)


def _seconds(name: str, value: float | None) -> list[Measure]:
    return [] if value is None else [Measure(name, value, "Seconds")]


def _nothing(_: object) -> list[Measure]:
    return []


_PROBING = ("validate-candidate", "watch-candidate")
_JUDGING = "judge-image"
_ANSWERS: dict[str, Callable[[Any], list[Measure]]] = {
    "changeover.plan.UpgradePlan": lambda _: [_count("UpgradesStarted")],
    "changeover.migration.ImportedIdentities": lambda imported: (
        [_count("IdentitiesMoved", imported.counts.total)] if imported.counts else []
    ),
    "changeover.traffic.Frozen": lambda frozen: [
        *_seconds("ApprovalWaitSeconds", frozen.approval_wait_seconds),
        _count("LateChanges", frozen.changes),
    ],
    "changeover.traffic.Shifted": lambda shifted: _seconds("FreezeSeconds", shifted.freeze_seconds),
    "changeover.rollback.Thawed": lambda thawed: _seconds("FreezeSeconds", thawed.freeze_seconds),
    "changeover.rollback.Returned": lambda returned: [_count("ChangesReturned", returned.changes)],
    "changeover.ending.Closed": lambda closed: [_count("UpgradesEnded", Outcome=closed.outcome)],
    "changeover.abandonment.Abandoned": lambda abandoned: [
        *([_count("UpgradesEnded", Outcome=abandoned.outcome)] if abandoned.outcome else []),
        *_seconds("FreezeSeconds", abandoned.freeze_seconds),
    ],
    "changeover.images.refreshing.JudgedImage": lambda _: [_count("ImagesJudged", Verdict="good")],
    "changeover.reconciliation.Reconciled": lambda reconciled: [
        _count("DriftFindings", len(reconciled.findings)),
        _count("EventsMadeUpFor", len(reconciled.begun)),
    ],
}
