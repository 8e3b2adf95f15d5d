"""Whether IAM's conditions hold for what a call is about, for the operators that templates use."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from tests.support.templates import Template, listed


def hold(conditions: Template, context: Mapping[str, str]) -> bool:
    """`conditions` with names filled in; a key that `context` lacks is absent from the call."""
    return all(
        _holds(operator, context.get(key), listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, value: str | None, wanted: list[Any]) -> bool:
    match operator:
        case "Null":
            return wanted == [str(value is None).lower()]
        case "StringEquals":
            return value is not None and value in wanted
        case "StringLike":
            return value is not None and any(fnmatchcase(value, each) for each in wanted)
        case "StringNotEquals":
            return value is None or value not in wanted
        case "StringNotLike":
            return value is None or not any(fnmatchcase(value, each) for each in wanted)
    raise NotImplementedError(operator)
