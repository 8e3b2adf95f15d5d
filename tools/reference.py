"""`python -m tools.reference` writes docs/reference.md from what ships.

The parameters, events and outputs are read from template.yaml, the configuration from its pydantic
model, the metrics from the calls that count them, and the commands from their parsers.
"""

import argparse
import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from changeover.cli import parser
from changeover.cluster.configuration import ClusterConfiguration

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference.md"
PACKAGE = ROOT / "layers/changeover/changeover"
_HEAD = """\
# Reference

Made from the code and the templates by `.venv/bin/python -m tools.reference`. Do not edit it.
"""
_CONFIGURATION = """\
The SSM parameter `/changeover/<cluster>` holds one JSON object. Each field has a default, except
`cluster`. A dot means a nested object: `retention.previous_days` is in `{"retention": {…}}`. An
unknown field is refused. [Operate](operate.md#changing-the-configuration) says which fields the
app's parameters set, and has examples.
"""
_METRICS = """\
Namespace `Changeover`, dimension `Cluster` and those below.
[Operate](operate.md#numbers-and-alarms) explains each metric and alarm.
"""


def reference() -> str:
    """The whole page, as Markdown."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    sections = {
        "Parameters": _parameters(template),
        "Configuration": _configuration(),
        "Metrics": _metrics(),
        "Commands": _commands(),
        "Events": _events(),
        "Outputs": _table(
            ("Output", "Meaning"),
            (
                (f"`{name}`", each.get("Description", ""))
                for name, each in template["Outputs"].items()
            ),
        ),
    }
    bodies = (f"## {title}\n\n{body.strip()}\n" for title, body in sections.items())
    return "\n".join([_HEAD, *bodies])


def _parameters(template: dict[str, Any]) -> str:
    known = template["Parameters"]
    required = [name for name, each in known.items() if "Default" not in each]
    parts = [f"### Required\n\n{_parameter_table(known, required)}"]
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        optional = [name for name in group["Parameters"] if name not in required]
        if optional:
            parts.append(f"### {group['Label']['default']}\n\n{_parameter_table(known, optional)}")
    return "\n".join(parts)


def _parameter_table(known: dict[str, Any], names: list[str]) -> str:
    rows = (
        (f"`{name}`", _default(known[name]), known[name].get("Description", "")) for name in names
    )
    return _table(("Parameter", "Default", "Meaning"), rows)


def _default(parameter: dict[str, Any]) -> str:
    if "Default" not in parameter:
        return "required"
    return f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"


def _configuration() -> str:
    schema = ClusterConfiguration.model_json_schema()
    rows = _fields(schema, schema.get("$defs", {}))
    return f"{_CONFIGURATION}\n{_table(('Field', 'Default', 'Values', 'Meaning'), rows)}"


def _fields(
    schema: dict[str, Any], known: dict[str, Any], path: str = ""
) -> Iterator[tuple[str, ...]]:
    for name, field in schema["properties"].items():
        nested = known.get(field.get("$ref", "").rpartition("/")[2], {})
        if "properties" in nested:
            yield from _fields(nested, known, f"{path}{name}.")
        else:
            default = field.get("default", "") if name not in schema.get("required", ()) else None
            yield (
                f"`{path}{name}`",
                "required" if default is None and "default" not in field else _value(default),
                _kind(field, known),
                field.get("description", ""),
            )


def _kind(field: dict[str, Any], known: dict[str, Any]) -> str:
    """The JSON type, its bounds, and the names of an object's fields."""
    if "$ref" in field:
        return _kind(known[field["$ref"].rpartition("/")[2]], known)
    if "enum" in field:
        return " or ".join(f"`{each}`" for each in field["enum"])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_kind(each, known) for each in field["anyOf"]))
    if field.get("type") == "array":
        items = field.get("items", {})
        return f"list of {_kind(items, known)}" if items else "list"
    if "properties" in field:
        return f"object with {', '.join(f'`{name}`' for name in field['properties'])}"
    bounds = [field[each] for each in ("minimum", "maximum") if each in field]
    described = field.get("format", field.get("type", "any"))
    return f"{described}, {' to '.join(map(str, bounds))}" if len(bounds) > 1 else str(described)


def _value(default: object) -> str:
    if default in (None, "", [], {}):
        return "none"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _metrics() -> str:
    found = sorted({row for path in PACKAGE.rglob("*.py") for row in _measured(path)})
    return f"{_METRICS}\n{_table(('Metric', 'Unit', 'Dimensions'), found)}"


def _measured(path: Path) -> Iterator[tuple[str, str, str]]:
    """Calls of `count` and `seconds` with a metric's name."""
    for call in ast.walk(ast.parse(path.read_text())):
        match call:
            case ast.Call(
                func=ast.Name(id="count" | "seconds" as kind),
                args=[ast.Constant(value=str(name)), *_],
                keywords=keywords,
            ) if name[:1].isupper():
                unit = "Seconds" if kind == "seconds" else "Count"
                yield f"`{name}`", unit, ", ".join(f"`{each.arg}`" for each in keywords)


def _commands() -> str:
    return "\n".join(_command(each) for each in _leaves(parser()))


def _leaves(known: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of commands that have no further commands."""
    nested = [
        each
        for action in known._actions  # noqa: SLF001 - argparse has no public list of them
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001
        for each in action.choices.values()
    ]
    for each in nested:
        yield from _leaves(each)
    if not nested:
        yield known


def _command(known: argparse.ArgumentParser) -> str:
    rows = (
        (_spelled(action), (action.help or "") % {"default": action.default})
        for action in known._actions  # noqa: SLF001
        if action.help != argparse.SUPPRESS
    )
    return (
        f"### `{known.prog}`\n\n{_sentence(known.description or '')}\n\n"
        f"{_table(('Argument', 'Meaning'), rows)}"
    )


def _spelled(action: argparse.Action) -> str:
    takes = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    names = ", ".join(action.option_strings)
    return f"`{names}{takes}`" if names else f"`{takes.strip()}`"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _events() -> str:
    rows = (
        (name, _pattern(event), f"`{function.removesuffix('Function')}`")
        for path in (ROOT / "template.yaml", *sorted((ROOT / "prerequisites").glob("*.yaml")))
        for function, name, event in _rules(yaml_parse(path.read_text()))
    )
    return _table(("Rule", "Event", "Starts the function"), rows)


def _rules(template: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Function, name and properties of each rule that a template makes."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for name, event in properties.get("Events", {}).items():
            yield logical_id, name, event["Properties"]
        if resource["Type"] == "AWS::Events::Rule":
            for target in properties.get("Targets", []):
                yield _function(target["Arn"]), logical_id, properties


def _function(arn: dict[str, str]) -> str:
    """The function that a target's `!Ref` or `!GetAtt` names."""
    (named,) = arn.values()
    return re.sub(r"(Function)?(\.?Arn)?$", "", named)


def _pattern(event: dict[str, Any]) -> str:
    if schedule := event.get("Schedule") or event.get("ScheduleExpression"):
        return f"`{schedule}`"
    pattern = event.get("Pattern") or event.get("EventPattern") or {}
    return f"{', '.join(pattern.get('detail-type', []))} from `{', '.join(pattern['source'])}`"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [[*head]]
    cells += [[re.sub(r"\s+", " ", str(cell)).replace("|", r"\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(cells[0]), *lines[1:]]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(reference())
