"""Waiting looks quickly at first, then ever more slowly, and ends."""

import math

import pytest

from changeover.adapters import polling
from changeover.adapters.polling import Polling


class Sleeper:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def monotonic(self) -> float:
        return sum(self.pauses)


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> Sleeper:
    sleeper = Sleeper()
    monkeypatch.setattr(polling, "time", sleeper)
    return sleeper


def test_the_first_look_is_at_once(sleeper: Sleeper) -> None:
    next(Polling(1, 2, 10).attempts())
    assert sleeper.pauses == []


def test_pauses_grow_with_the_time_that_has_passed_and_end_when_it_is_over(
    sleeper: Sleeper,
) -> None:
    attempts = len(list(Polling(1, 2, 25).attempts()))
    assert sleeper.pauses[:10] == [1] * 10
    assert sleeper.pauses[10:14] == pytest.approx([1, 1.1, 1.21, 1.331])
    assert sleeper.pauses[-1] == 2
    assert attempts == len(sleeper.pauses) + 1


def test_no_patience_is_one_look(sleeper: Sleeper) -> None:
    assert len(list(Polling(1, 2, 0).attempts())) == 1
    assert sleeper.pauses == []


def test_no_wait_passes_the_deadline_of_its_invocation() -> None:
    assert Polling(1, 1, 30, left=lambda: 7.0).bounded_seconds == 7
    assert Polling(1, 1, 30, left=lambda: math.inf).bounded_seconds == 30
    assert len(list(Polling(0, 0, 30, left=lambda: -1.0).attempts())) == 1
