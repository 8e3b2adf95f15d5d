"""CloudWatch metrics that a step emits when it ends.

A step's answer that has metrics has a method `metrics`. Keep dimensions and their values few:
CloudWatch bills each combination as a separate metric.
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from changeover.errors import ChangeoverError, Unhealthy

Unit = Literal["Count", "Seconds"]
CRASHED = "Crashed"
_PROBING = ("validate-candidate", "watch-candidate")
_JUDGING = "judge-image"


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric value. The cluster's name is added as a dimension automatically."""

    name: str
    value: float
    unit: Unit = "Count"
    dimensions: dict[str, str] = field(default_factory=dict)


@runtime_checkable
class Measured(Protocol):
    """A step's answer that has metrics."""

    def metrics(self) -> list[Measure]: ...


def of_answer(answer: object, stage: str) -> list[Measure]:
    """Return the metrics of a step that succeeded. Most steps have none."""
    found = answer.metrics() if isinstance(answer, Measured) else []
    return [*found, count("FailedProbes", 0, Stage=stage)] if stage in _PROBING else found


def of_failure(failure: Exception, stage: str) -> list[Measure]:
    """Return the metrics of a step that failed: its error, and the number of problems found."""
    error = type(failure).__name__ if isinstance(failure, ChangeoverError) else CRASHED
    found = [count("StepsFailed", Stage=stage, Error=error)]
    if isinstance(failure, Unhealthy) and failure.problems:
        if stage in _PROBING:
            found.append(count("FailedProbes", len(failure.problems), Stage=stage))
        if stage == _JUDGING:
            found.append(count("ImagesJudged", Verdict="bad"))
    return found


def count(name: str, value: float = 1, **dimensions: str) -> Measure:
    return Measure(name, value, dimensions=dimensions)


def seconds(name: str, value: float | None) -> list[Measure]:
    return [] if value is None else [Measure(name, value, "Seconds")]
