"""What can go wrong between the state machine and a function, and between it and its neighbors."""

import itertools
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from changeover.errors import Conflict, Transient, Unhealthy
from tests.workflow.engine import JSON, Fault, Invoke, Killed


def fails(error: type[Exception], cause: str = "injected") -> Fault:
    def fault(_: Invoke) -> JSON:
        raise error(cause)

    return fault


class LosesItsAnswer:
    """The work is done, but for once nobody hears of it."""

    def __init__(self) -> None:
        self.lost = False

    def __call__(self, invoke: Invoke) -> JSON:
        answer = invoke()
        if self.lost:
            return answer
        self.lost = True
        raise Transient("the answer was lost")


def crashes_after_its_work(invoke: Invoke) -> Any:
    invoke()
    raise MemoryError("out of memory")


def is_killed(_: Invoke) -> Any:
    raise Killed


def every() -> dict[str, Fault]:
    return {
        "is unhealthy": fails(Unhealthy),
        "finds a conflict": fails(Conflict),
        "is busy for ever": fails(Transient),
        "crashes": fails(ZeroDivisionError),
        "loses its answer once": LosesItsAnswer(),
        "crashes after its work": crashes_after_its_work,
        "is killed": is_killed,
    }


class How(StrEnum):
    """How a call to a neighbor breaks."""

    IN_VAIN = "fails in vain"
    THOUGH_IT_WORKS = "fails, though it works"
    KILLED = "never returns, and the function is killed"


class BrokenAt:
    """A function's services, of which its n-th call breaks, every time it gets so far.

    A function that is killed does not even tidy up: none of its later calls comes through either.
    `refused` tells which call it was.
    """

    def __init__(self, number: int, how: How) -> None:
        self.refused = ""
        self._number = number
        self._how = how

    def __call__(self, services: Any) -> "Counted":
        return Counted(services, self._refusing(itertools.count(1)))

    def _refusing(self, calls: Iterator[int]) -> "Around":
        def around(call: Callable[[], Any], said: str) -> Any:
            number = next(calls)
            if number == self._number:
                self.refused = said
            if self._how is How.KILLED and number >= self._number:
                raise Killed
            if number != self._number:
                return call()
            if self._how is How.THOUGH_IT_WORKS:
                call()
            raise Conflict("injected")

        return around


Around = Callable[[Callable[[], Any], str], Any]


class Counted:
    """Services whose every call goes through `around`."""

    def __init__(self, services: Any, around: Around) -> None:
        self._services = services
        self._around = around

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._services, name)
        if name in ("now", "new_secret") or isinstance(found, str):
            return found
        return CountedNeighbor(found, self._around)


class CountedNeighbor:
    def __init__(self, neighbor: Any, around: Around) -> None:
        self._neighbor = neighbor
        self._around = around

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._neighbor, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            told = ", ".join(str(each)[:40] for each in args)
            return self._around(lambda: found(*args, **kwargs), f"{name}({told})")

        return call
