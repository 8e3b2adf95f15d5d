"""Run a step as a Lambda handler: parse the event, run the step, log one line, publish metrics.

    @step
    def handler(event: Shift, services: Services) -> Shifted:
        return traffic.shift(event, services.front_door, services.releases)

Lambda calls `handler(event, context)`; a test calls `handler.step(Shift(...), fakes)`.
"""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast, get_type_hints

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ValidationError

from changeover.adapters import deadline
from changeover.adapters.services import AwsServices
from changeover.adapters.settings import Settings
from changeover.adapters.validation_errors import problems
from changeover.errors import ChangeoverError, Refused
from changeover.metrics import Measure, of_answer, of_failure
from changeover.ports.services import Services

__all__ = ["Handler", "Settings", "page", "services", "step"]

Event = TypeVar("Event")
Result = TypeVar("Result", bound=BaseModel | dict[str, Any])

# The log shows only these fields of an event, or of the event's plan.
LOGGED_FIELDS = ("execution", "run", "cluster", "candidate")
# The log shows only these fields of a result: a decision, its reason, or progress.
DECIDED = ("decision", "why", "detail")

NAMESPACE = "Changeover"

OUT_OF_ORDER = {
    "statusCode": 503,
    "headers": {"Content-Type": "text/plain; charset=utf-8"},
    "body": "This page cannot be shown now. Open the link again in a moment.",
}

logger = Logger()


@cache
def services() -> Services:
    """Return the AWS adapters, created once per Lambda execution environment.

    Raises Refused if an environment variable is missing or malformed.
    """
    try:
        settings = Settings.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Refused(
            f"the environment variables of this function are wrong: {problems(error)}. Deploy the"
            " app's stack again"
        ) from error
    return AwsServices(settings)


@dataclass(frozen=True)
class Handler(Generic[Event, Result]):
    """One step as Lambda calls it: JSON in, JSON out, one line in the log."""

    step: Callable[[Event, Services], Result]
    model: type[Event]
    services: Callable[[], Services] = services

    def __call__(self, event: Any, context: LambdaContext) -> dict[str, Any]:
        function = context.function_name
        with logged(function) as line, measured(function) as measure:
            value = self._parsed(event)
            line.update(log_fields(value))
            with deadline.shared(_remaining_seconds(context)):
                result = self.step(value, self.services())
            line.update(
                {name: str(getattr(result, name)) for name in DECIDED if hasattr(result, name)}
            )
            measure(result)
        return result.model_dump(mode="json") if isinstance(result, BaseModel) else result

    def _parsed(self, event: Any) -> Event:
        try:
            return parse(event=event, model=self.model)
        except ValidationError as error:
            raise Refused(problems(error)) from error


class Page(Handler[Event, Result]):
    """A step that answers a browser. It reports a failure as a 503 page.

    Without that page, the load balancer would answer with a bare 502.
    """

    def __call__(self, event: Any, context: LambdaContext) -> dict[str, Any]:
        try:
            return super().__call__(event, context)
        except ChangeoverError as failure:
            logger.error(str(failure))  # noqa: TRY400 - a traceback could contain AWS's values
            return OUT_OF_ORDER


def step(function: Callable[[Event, Services], Result]) -> Handler[Event, Result]:
    """Return a Lambda handler for a step. The step's first annotation is the event's model."""
    return Handler(function, _event_of(function))


def page(function: Callable[[Event, Services], Result]) -> Page[Event, Result]:
    """Return a Lambda handler for a step that answers the load balancer's requests."""
    return Page(function, _event_of(function))


def _remaining_seconds(context: LambdaContext) -> float:
    """Seconds until Lambda ends this invocation; infinite in tests without a real context."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if remaining else math.inf


def _event_of(function: Callable[[Event, Services], Result]) -> type[Event]:
    annotations = get_type_hints(function)
    return cast("type[Event]", next(iter(annotations.values())))


def log_fields(event: object) -> dict[str, str]:
    holders = (event, getattr(event, "plan", None))
    said = ((name, getattr(holder, name, None)) for holder in holders for name in LOGGED_FIELDS)
    return {name: value for name, value in said if isinstance(value, str)}


@contextmanager
def logged(function: str) -> Iterator[dict[str, str]]:
    """Write one log line per call, whether it succeeds or fails.

    The line's correlation ID is the same as in the run's other lines.
    """
    line = {"function": function, "outcome": "crashed"}
    try:
        yield line
        line["outcome"] = "done"
    except ChangeoverError as failure:
        line["outcome"] = type(failure).__name__
        raise
    finally:
        logger.set_correlation_id(
            next((line[name] for name in LOGGED_FIELDS if name in line), None)
        )
        logger.info("%s: %s", function, line["outcome"], extra=line)


@contextmanager
def measured(function: str) -> Iterator[Callable[[object], None]]:
    """Publish the metrics of one call.

    Yields the function that takes the step's result. An exception is published as a failure.
    """
    cluster = os.environ.get("CLUSTER", "")
    stage = function.removeprefix(f"changeover-{cluster}-")
    try:
        yield lambda answer: publish(of_answer(answer, stage), cluster)
    except Exception as failure:
        publish(of_failure(failure, stage), cluster)
        raise


def publish(measures: list[Measure], cluster: str) -> None:
    """Write each measure as a log line, from which CloudWatch makes a metric.

    Writes nothing without a cluster, because the cluster is a dimension of every metric.
    """
    for each in measures if cluster else ():
        # An empty service name, because a service name would become one more dimension.
        line = EphemeralMetrics(namespace=NAMESPACE, service="")
        for name, value in {"Cluster": cluster, **each.dimensions}.items():
            line.add_dimension(name, value)
        line.add_metric(each.name, each.unit, each.value)
        line.flush_metrics()
