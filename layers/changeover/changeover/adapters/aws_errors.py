"""Translate AWS errors into Changeover's errors, by error code and never by message.

Every adapter has the decorator `@translated`, so that no botocore error leaves it. Inside an
adapter, `ignoring` and `when` handle the error codes that the adapter expects.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import (
    ConnectionError as NoConnection,
)

from changeover.errors import ChangeoverError, Conflict, Transient

Adapter = TypeVar("Adapter", bound=type)

BUSY = frozenset(
    {
        "BandwidthLimitExceeded",
        "CallRateLimitExceededException",
        "ConditionalRequestConflict",
        "EC2ThrottledException",
        "InternalError",
        "KMSThrottling",
        "KmsThrottlingException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "ForbiddenException",
        "KMSAccessDenied",
        "KmsAccessDeniedException",
        "UnauthorizedOperation",
    }
)
# AWS repeats the invalid value in these messages, and the value may be a task token.
INDISCREET = frozenset({"ValidationException"})
OUT_OF_REACH = (NoConnection, HTTPClientError, IncompleteReadError)
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500


def codes_of(error: ClientError) -> frozenset[str]:
    """Return the error's code, and for a canceled transaction the codes of its reasons."""
    reasons = error.response.get("CancellationReasons", [])
    return frozenset({_code(error), *(reason.get("Code", "None") for reason in reasons)})


def translation(error: ClientError | BotoCoreError) -> ChangeoverError:
    """Return Transient for a busy or unreachable service, otherwise Conflict."""
    if isinstance(error, OUT_OF_REACH):
        return Transient(f"AWS is out of reach: {type(error).__name__}")
    if not isinstance(error, ClientError):
        # The error's message may contain the parameters of the call.
        return Conflict(f"a call to AWS could not be made: {type(error).__name__}")
    if _is_busy(error):
        return Transient(_words(error))
    if codes_of(error) & DENIED:
        return Conflict(
            f"not allowed to call {_words(error)}; check the function's role and its permissions"
            " boundary"
        )
    return Conflict(_words(error))


def _is_busy(error: ClientError) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(codes_of(error) & BUSY) or status == TOO_MANY_REQUESTS or status >= SERVER_ERROR


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _words(error: ClientError) -> str:
    message = error.response.get("Error", {}).get("Message", "")
    said = "" if _code(error) in INDISCREET else f": {message}"
    return f"{error.operation_name}: {_code(error)}{said}"


def translated(adapter: Adapter) -> Adapter:
    """Make every public method of an adapter raise Changeover's errors instead of botocore's."""
    for name, member in list(vars(adapter).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(adapter, name, _translating(member))
    return adapter


def _translating(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except (ClientError, BotoCoreError) as error:
            raise translation(error) from error

    return call


class ignoring:  # noqa: N801 - like contextlib.suppress, but by error code
    """Suppress AWS errors that have one of these codes."""

    def __init__(self, *codes: str) -> None:
        self._codes = frozenset(codes)

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        return isinstance(error, ClientError) and bool(codes_of(error) & self._codes)


@contextmanager
def when(*codes: str, then: type[ChangeoverError], says: str) -> Iterator[None]:
    """For these error codes, raise `then` with the message `says` and AWS's message."""
    try:
        yield
    except ClientError as error:
        if codes_of(error) & set(codes):
            raise then(f"{says} ({_words(error)})") from error
        raise
