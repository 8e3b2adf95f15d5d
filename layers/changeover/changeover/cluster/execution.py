"""A Step Functions execution: the name of its run, and its error output."""

import json

from pydantic import ConfigDict, Field

from changeover.types import Value


class Failure(Value):
    """Step Functions' error output: the error's name and its cause (often Lambda's JSON)."""

    model_config = ConfigDict(populate_by_name=True)

    error: str = Field("", alias="Error")
    cause: str = Field("", alias="Cause")


def run_of(execution: str) -> str:
    """Return the run's name, which is the last part of the execution's ARN."""
    return execution.rpartition(":")[2]


def readable(failure: Failure) -> str:
    """Return the message inside a Lambda failure's JSON, otherwise the cause unchanged."""
    try:
        parsed = json.loads(failure.cause)
    except ValueError:
        return failure.cause or failure.error
    if isinstance(parsed, dict) and isinstance(parsed.get("errorMessage"), str):
        return str(parsed["errorMessage"])
    return failure.cause
