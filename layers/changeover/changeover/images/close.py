"""Close Refresh: an e-mail says why there is no new image."""

from collections.abc import Iterator
from contextlib import suppress

from changeover.cluster.execution import Failure, readable, run_of
from changeover.errors import Refused
from changeover.images import records
from changeover.images.notify_once import notify_once
from changeover.ports.services import Services
from changeover.types import Value


class RefreshToClose(Value):
    """A refresh execution that failed. `build` is the image build's ARN, empty if none started."""

    execution: str
    failure: Failure
    build: str = ""


class RefreshClosed(Value):
    error: str
    cause: str


def close_refresh(request: RefreshToClose, services: Services) -> RefreshClosed:
    """Send one e-mail with the failure's reason. Returns the error and its readable cause."""
    cause = readable(request.failure)
    notify_once(
        told_as(request.execution),
        f"{services.default_cluster}: no new image",
        f"Live and its image are unchanged. Reason: {request.failure.error}\n{cause}\n\n"
        f"Execution: {request.execution}\n",
        services,
        *_same(request.build, services),
    )
    return RefreshClosed(error=request.failure.error, cause=cause)


def _same(build: str, services: Services) -> Iterator[str]:
    """Yield the key of Image Builder's event about the same failure, if the build failed."""
    with suppress(Refused):
        if build and services.images.build(build).status == "FAILED":
            yield failed_as(build)


def failed_as(build: str) -> str:
    """Deduplication key: one notification per failed image build."""
    return f"failed-{records.execution_name(build)}"


def told_as(execution: str) -> str:
    """Deduplication key: one notification per refresh execution."""
    return f"refresh-{run_of(execution)[-80:]}"
