"""What a step does instead where live and the candidate share one directory."""

from collections.abc import Callable
from functools import wraps
from typing import Protocol, TypeVar

from changeover.ports.services import Services
from changeover.soca.directory_provider import Move
from changeover.upgrade.plan import UpgradePlan


class Planned(Protocol):
    """What every step of a run is asked."""

    @property
    def plan(self) -> UpgradePlan: ...


Asked = TypeVar("Asked", bound=Planned)
Answer = TypeVar("Answer")
Step = Callable[[Asked, Services], Answer]


def if_shared(
    instead: Step[Asked, Answer],
) -> Callable[[Step[Asked, Answer]], Step[Asked, Answer]]:
    """Have a step do `instead` where no identity moves: the only place that tells the two apart."""

    def with_choice(step: Step[Asked, Answer]) -> Step[Asked, Answer]:
        @wraps(step)
        def chosen(request: Asked, services: Services) -> Answer:
            way = instead if request.plan.move is Move.SHARED else step
            return way(request, services)

        return chosen

    return with_choice
