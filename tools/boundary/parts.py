"""The actions of the roles of each part of the app, including roles that SAM makes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.support.templates import (
    ROOT,
    TEMPLATES,
    Template,
    listed,
    of_type,
    statements_of,
    strings,
    template,
    translated,
)

# A template with roles must be named here. Otherwise the document would omit it.
TITLES = {
    "template": "The app's functions and state machines",
    "release-build": "The build of releases",
    "candidate-stacks": "CloudFormation, when it makes and deletes candidates",
    "roles": "Releases: schedulers, nodes, spot fleets, functions, backups",
    "storage": "Backups of file systems",
    "image-pipeline": "EC2 Image Builder: machines that build, and what deletes old images",
}
# Policies that the app creates for roles that others create.
LENT = {"SchedulerHostPolicy": "Schedulers, besides what SOCA's templates say"}
KEYS = "Roles that a key's own policy lets in"
NAMED_BY_AWS = re.compile(r":iam::aws:policy/(?:[\w-]+/)*([\w-]+)$")


@dataclass(frozen=True)
class Part:
    """`actions` by the parameter that enables them. Its name is empty if they are always there."""

    title: str
    only: str
    actions: Mapping[str, frozenset[str]]
    aws_policies: frozenset[str] = frozenset()


def parts() -> Iterator[Part]:
    for path in TEMPLATES:
        if of_type("AWS::IAM::Role", translated(path)):
            yield _part(path, TITLES[path.stem])
    for name, title in LENT.items():
        policy = of_type("AWS::IAM::ManagedPolicy")[name]
        yield Part(title, "", {"": frozenset(_allowed([policy]))})
    yield Part(KEYS, "", {"": frozenset(_let_in())})


def _part(path: Path, title: str) -> Part:
    here = translated(path)
    roles = of_type("AWS::IAM::Role", here).values()
    arns = [arn for role in roles for arn in role.get("ManagedPolicyArns", [])]
    policies = [("", role) for role in roles]
    policies += [("", _policy(path, arn["Ref"])) for arn in arns if "Ref" in arn]
    policies += list(_attached(here))
    return Part(
        title,
        "" if path == ROOT / "template.yaml" else _worded(_nested(path), template()),
        _by_condition(policies),
        frozenset(found[1] for text in strings(arns) if (found := NAMED_BY_AWS.search(text))),
    )


def _by_condition(policies: list[tuple[str, Template]]) -> dict[str, frozenset[str]]:
    always = _allowed(policy for condition, policy in policies if not condition)
    actions = {"": frozenset(always)}
    for condition, policy in policies:
        further = {a for a in _allowed([policy]) if not covered(a, always)}
        if condition and further:
            actions[condition] = actions.get(condition, frozenset()) | further
    return actions


def covered(action: str, by: Iterable[str]) -> bool:
    return any(fnmatchcase(action, each) for each in by)


def folded(actions: Iterable[str]) -> set[str]:
    """Remove actions that a wildcard among them covers."""
    every = set(actions)
    return {action for action in every if not covered(action, every - {action})}


def _allowed(policies: Iterable[Template]) -> set[str]:
    return folded(
        action
        for policy in policies
        for statement in statements_of(policy)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    )


def _let_in() -> set[str]:
    """Yield the actions that key policies allow to all roles of the account."""
    keys = [
        key for path in TEMPLATES for key in of_type("AWS::KMS::Key", translated(path)).values()
    ]
    return folded(
        action
        for key in keys
        for statement in statements_of({"PolicyDocument": key["KeyPolicy"]})
        if statement["Effect"] == "Allow" and statement["Principal"] == {"AWS": "*"}
        for action in listed(statement["Action"])
    )


def _policy(path: Path, name: str) -> Template:
    """A policy by its logical ID, here or in the app, or by the parameter with its ARN."""
    own = of_type("AWS::IAM::ManagedPolicy") | of_type("AWS::IAM::ManagedPolicy", translated(path))
    return own[name] if name in own else own[_nested(path)["Properties"]["Parameters"][name]["Ref"]]


def _nested(path: Path) -> Template:
    place = path.relative_to(ROOT).as_posix()
    resources: list[Template] = template()["Resources"].values()
    return next(each for each in resources if each.get("Properties", {}).get("Location") == place)


def _attached(here: Template) -> Iterator[tuple[str, Template]]:
    """Yield policies that name their roles, each with its condition."""
    for resource in here["Resources"].values():
        policy = resource.get("Properties", {})
        names_roles = bool(policy.keys() & {"Roles", "RoleName"})
        if names_roles and "PolicyDocument" in policy:
            yield _worded(resource, here), policy


def _worded(condition: Any, within: Template) -> str:
    """A condition, or the condition of a resource, in terms of parameters."""
    match condition:
        case {"Condition": str(name)}:
            return _worded(within["Conditions"][name], within)
        case {"Type": _}:
            return ""
        case {"Fn::Or": list(several)}:
            return " or ".join(_worded(each, within) for each in several)
        case {"Fn::Not": [{"Fn::Equals": [value, ""]}]}:
            return f"`{_parameter(value)}` is given"
        case {"Fn::Equals": [value, ""]}:
            return f"`{_parameter(value)}` is empty"
        case {"Fn::Equals": [value, str(other)]}:
            return f"`{_parameter(value)}` is `{other}`"
    raise NotImplementedError(condition)


def _parameter(value: Any) -> str:
    match value:
        case {"Ref": str(name)} | {"Fn::Join": ["", {"Ref": str(name)}]}:
            return name
    raise NotImplementedError(value)
