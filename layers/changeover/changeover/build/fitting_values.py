"""Values for a template's parameters, checked as CloudFormation would check them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def unfit_parameters(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]
) -> Iterator[str]:
    """Yield a sentence for each value that its parameter refuses.

    Only given values are checked; nothing is said of a parameter without a value here. An unknown
    name is a fault, because CloudFormation refuses it.
    """
    for name, value in given.items():
        if name not in declared:
            yield f"the template has no parameter {name}"
        elif problem := _problem(declared[name], value):
            yield f"the value {value!r} of {name} {problem}"


def _problem(declared: Mapping[str, Any], value: str) -> str:
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list) and value not in [str(each) for each in allowed]:
        return f"is none of {', '.join(str(each) for each in allowed)}"
    pattern = declared.get("AllowedPattern")
    if pattern and not _matches(str(pattern), value):
        return f"does not match the pattern {pattern}"
    if len(value) < int(declared.get("MinLength", 0)):
        return f"has fewer than {declared['MinLength']} characters"
    if "MaxLength" in declared and len(value) > int(declared["MaxLength"]):
        return f"has more than {declared['MaxLength']} characters"
    return _number_problem(declared, value) if declared.get("Type") == "Number" else ""


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:  # CloudFormation reads Java's patterns
        return True


def _number_problem(declared: Mapping[str, Any], value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "is no number"
    if number < float(declared.get("MinValue", number)):
        return f"is less than {declared['MinValue']}"
    if number > float(declared.get("MaxValue", number)):
        return f"is more than {declared['MaxValue']}"
    return ""
