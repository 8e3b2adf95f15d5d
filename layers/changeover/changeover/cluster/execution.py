"""A Step Functions execution: the name of its run, and the errors that it passes on."""

import json

from pydantic import ConfigDict, Field

from changeover.types import Value


class Failure(Value):
    """Step Functions' error output: the error's name and its cause, often JSON of Lambda's."""

    model_config = ConfigDict(populate_by_name=True)

    error: str = Field("", alias="Error")
    cause: str = Field("", alias="Cause")


def run_of(execution: str) -> str:
    """The run's name: the last part of its execution's ARN."""
    return execution.rpartition(":")[2]


def readable(failure: Failure) -> str:
    """The message inside a Lambda failure's JSON, or the cause as it is."""
    try:
        parsed = json.loads(failure.cause)
    except ValueError:
        return failure.cause or failure.error
    if isinstance(parsed, dict) and isinstance(parsed.get("errorMessage"), str):
        return str(parsed["errorMessage"])
    return failure.cause
