"""CloudWatch metrics: what the end of a call measures.

An answer that has metrics has a method `metrics`. Dimensions are few and have few values: each
combination is a metric that costs.
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
    """One value; its cluster is a dimension as well, and need not be named."""

    name: str
    value: float
    unit: Unit = "Count"
    dimensions: dict[str, str] = field(default_factory=dict)


@runtime_checkable
class Measured(Protocol):
    """An answer of a step that has metrics."""

    def metrics(self) -> list[Measure]: ...


def of_answer(answer: object, stage: str) -> list[Measure]:
    """What a step that was done has measured; nothing, for most."""
    found = answer.metrics() if isinstance(answer, Measured) else []
    return [*found, count("FailedProbes", 0, Stage=stage)] if stage in _PROBING else found


def of_failure(failure: Exception, stage: str) -> list[Measure]:
    """That a step failed and how, and how many things were wrong where it had to judge."""
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
