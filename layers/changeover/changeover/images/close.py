"""Close Refresh: people hear why there is no new image."""

from collections.abc import Iterator
from contextlib import suppress

from changeover.cluster.execution import Failure, readable, run_of
from changeover.errors import Refused
from changeover.images import records
from changeover.images.notify_once import notify_once
from changeover.ports.services import Services
from changeover.types import Value


class RefreshToClose(Value):
    """`build` is empty where it came to none."""

    execution: str
    failure: Failure
    build: str = ""


class RefreshClosed(Value):
    error: str
    cause: str


def close_refresh(request: RefreshToClose, services: Services) -> RefreshClosed:
    cause = readable(request.failure)
    notify_once(
        told_as(request.execution),
        f"{services.default_cluster}: no new image",
        f"Live and its image stay as they are. Why: {request.failure.error}\n{cause}\n\n"
        f"Execution: {request.execution}\n",
        services,
        *_same(request.build, services),
    )
    return RefreshClosed(error=request.failure.error, cause=cause)


def _same(build: str, services: Services) -> Iterator[str]:
    """Image Builder's event about a build that failed tells the same."""
    with suppress(Refused):
        if build and services.images.build(build).status == "FAILED":
            yield failed_as(build)


def failed_as(build: str) -> str:
    """One word on each build that failed, whoever says it."""
    return f"failed-{records.execution_name(build)}"


def told_as(execution: str) -> str:
    """One word on each execution, whoever says it."""
    return f"refresh-{run_of(execution)[-80:]}"
