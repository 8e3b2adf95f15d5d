"""Values for a template's parameters, checked as CloudFormation would check them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Deploy Candidate makes it, as the template's pattern requires, and it is never stored.
_SECRET = frozenset({"UserPassword"})


def unfit_parameters(
    declared: Mapping[str, Mapping[str, Any]],
    chosen: Mapping[str, str],
    offered: Mapping[str, str],
) -> Iterator[str]:
    """Yield a sentence for each value that its parameter refuses.

    An unknown name in `chosen` is a fault, because CloudFormation refuses it. `offered` has values
    for parameters that a template may have. If there are any, a parameter without a value is a
    fault as well.
    """
    for name in chosen.keys() - declared.keys():
        yield f"the template has no parameter {name}"
    values = {**chosen, **offered}
    for name, parameter in declared.items():
        if name in values:
            if problem := _problem(parameter, values[name]):
                yield f"the value {values[name]!r} of {name} {problem}"
        elif offered and "Default" not in parameter and name not in _SECRET:
            yield f"{name} has no value: set it in stack_parameters of the configuration"


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
        return "is not a number"
    if number < float(declared.get("MinValue", number)):
        return f"is less than {declared['MinValue']}"
    if number > float(declared.get("MaxValue", number)):
        return f"is more than {declared['MaxValue']}"
    return ""
