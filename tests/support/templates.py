"""The templates as tests read them: as written, translated as AWS would, with choices made."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
PREREQUISITES = sorted((ROOT / "prerequisites").glob("*.yaml"))
TEMPLATES = [ROOT / "template.yaml", *PREREQUISITES]
STEPS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())
WITHOUT_A_STATE = {
    *("abort_upgrade", "adopt_release", "review_upgrade"),
    *("handle_image_event", "reconcile"),
}

Template = dict[str, Any]


@cache
def template(path: Path = ROOT / "template.yaml") -> Template:
    read: Template = yaml_parse(path.read_text())
    return read


@cache
def translated(path: Path) -> Template:
    source: Template = yaml_parse(path.read_text())
    if "Transform" not in source:
        return source
    for resource in source["Resources"].values():
        for place in ("CodeUri", "ContentUri", "DefinitionUri"):
            if place in resource.get("Properties", {}):
                resource["Properties"][place] = "s3://bucket/key"
        if resource["Type"] == "AWS::Serverless::Application":
            resource["Properties"]["Location"] = "https://s3.amazonaws.com/bucket/key"
    session = boto3.Session(region_name="us-east-1")
    made: Template = Translator({}, Parser(), boto_session=session).translate(source, {})
    return made


BOUNDARY = "ReleaseBoundary"


def of_type(kind: str, within: Template | None = None) -> dict[str, Template]:
    """Logical id to properties, as written in the root template or in another one."""
    resources = (within or template())["Resources"].items()
    return {name: each.get("Properties", {}) for name, each in resources if each["Type"] == kind}


def every(kind: str) -> dict[str, Template]:
    """The same over the translated root and all prerequisites.

    Without the permissions boundary: it allows nothing by itself, and has tests of its own.
    """
    return {
        f"{path.stem}/{name}": properties
        for path in TEMPLATES
        for name, properties in of_type(kind, translated(path)).items()
        if name != BOUNDARY
    }


def resolved(node: Any, conditions: dict[str, bool]) -> Any:
    """`node` with each Fn::If of these conditions replaced by the branch that it takes."""
    match node:
        case {"Fn::If": [str(condition), then, otherwise]} if condition in conditions:
            return resolved(then if conditions[condition] else otherwise, conditions)
        case dict():
            return {key: resolved(value, conditions) for key, value in node.items()}
        case list():
            return [resolved(value, conditions) for value in node]
    return node


def listed(value: Any) -> list[Any]:
    """A policy's element, which may stand alone."""
    return value if isinstance(value, list) else [value]


def statements_of(properties: Template) -> list[Template]:
    """What a managed policy, or the inline policies of a role or a function, say."""
    inline = [p for p in properties.get("Policies", []) if isinstance(p, dict)]
    documents = [each.get("PolicyDocument", each) for each in [*inline, properties]]
    return [statement for document in documents for statement in document.get("Statement", [])]


def attached(role: str, within: Template) -> list[Any]:
    """A role's managed policies: those that it names, and, by logical id, those that name it."""
    named: list[Any] = of_type("AWS::IAM::Role", within)[role].get("ManagedPolicyArns", [])
    policies = of_type("AWS::IAM::ManagedPolicy", within).items()
    return named + [
        {"Ref": n} for n, policy in policies if {"Ref": role} in policy.get("Roles", [])
    ]


def granted(role: str, within: Template) -> list[Template]:
    """What a role may do, by itself and by its template's managed policies."""
    policies = of_type("AWS::IAM::ManagedPolicy", within)
    own = [policies[each["Ref"]] for each in attached(role, within) if _ref(each) in policies]
    properties = [of_type("AWS::IAM::Role", within)[role], *own]
    return [statement for each in properties for statement in statements_of(each)]


def _ref(arn: Any) -> str:
    return str(arn.get("Ref", "")) if isinstance(arn, dict) else ""


def permissions(step: str, within: Template | None = None) -> list[Template]:
    """What a step's function may do, by a shared policy or by one of its own."""
    function = of_type("AWS::Serverless::Function", within)[f"{logical_id(step)}Function"]
    policies = of_type("AWS::IAM::ManagedPolicy", within)
    shared = [policies[each["Ref"]] for each in function["Policies"] if "Ref" in each]
    return [statement for each in [function, *shared] for statement in statements_of(each)]


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = [*node.keys(), *node.values()]
    if isinstance(node, list):
        for each in node:
            yield from strings(each)
    elif isinstance(node, str):
        yield node


def logical_id(step: str) -> str:
    return "".join(word.title() for word in step.split("_"))
