"""Close Refresh: people hear why there is no new image."""

from changeover.ending import Failure, readable
from changeover.images.told import tell_once
from changeover.plan import run_of
from changeover.ports import Services
from changeover.values import Value


class RefreshToClose(Value):
    execution: str
    failure: Failure


class RefreshClosed(Value):
    error: str
    cause: str


def close_refresh(asked: RefreshToClose, services: Services) -> RefreshClosed:
    cause = readable(asked.failure)
    tell_once(
        told_as(asked.execution),
        f"{services.default_cluster}: no new image",
        f"Live and its image stay as they are. Why: {asked.failure.error}\n{cause}\n\n"
        f"Execution: {asked.execution}\n",
        services,
    )
    return RefreshClosed(error=asked.failure.error, cause=cause)


def told_as(execution: str) -> str:
    """One word on each execution, whoever says it."""
    return f"refresh-{run_of(execution)[-80:]}"
