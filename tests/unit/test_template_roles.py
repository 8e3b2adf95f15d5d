"""No role without the boundary, no permission without a name, users moved by three steps only."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.templates import (
    PREREQUISITES,
    ROOT,
    STEPS,
    TEMPLATES,
    Template,
    every,
    of_type,
    resolved,
    strings,
    template,
)


def test_every_role_of_the_translated_templates_has_the_boundary() -> None:
    roles = every("AWS::IAM::Role")
    assert len(roles) >= len(STEPS) + 4  # state machine, its event rule, build, candidates' stacks
    for name, properties in roles.items():
        bounded = resolved(properties, {"HasBoundary": True})
        assert bounded["PermissionsBoundary"] == {"Ref": "PermissionsBoundaryArn"}, name


def test_without_a_boundary_no_role_asks_for_one() -> None:
    for name, properties in every("AWS::IAM::Role").items():
        free = resolved(properties, {"HasBoundary": False})
        assert free["PermissionsBoundary"] == {"Ref": "AWS::NoValue"}, name


def test_the_boundary_reaches_every_nested_template_that_makes_roles() -> None:
    passed = of_type("AWS::Serverless::Application").values()
    for path in PREREQUISITES:
        if of_type("AWS::IAM::Role", template(path)):
            (parameters,) = (p["Parameters"] for p in passed if p["Location"].endswith(path.name))
            assert parameters["PermissionsBoundaryArn"] == {"Ref": "PermissionsBoundaryArn"}


def test_what_makes_candidates_reaches_nothing_of_ours() -> None:
    role = of_type("AWS::IAM::Role", template(ROOT / "prerequisites/candidate-stacks.yaml"))
    ours = [f"function:changeover-hpc-{step.replace('_', '-')}" for step in STEPS]
    ours += ["app/changeover-hpc/1", "targetgroup/changeover-hpc-r7/1", "targetgroup/review-hpc/1"]
    for text in strings(role["DeployRole"]["Policies"]):
        pattern = text.replace("${ClusterName}", "hpc").rpartition("}:")[2]
        if pattern != "*":
            assert not [name for name in ours if fnmatch(name, pattern)], text


def test_candidates_get_no_role_outside_the_boundary() -> None:
    role = of_type("AWS::IAM::Role", template(ROOT / "prerequisites/candidate-stacks.yaml"))
    statements = resolved(role["DeployRole"], {"HasBoundary": True})["Policies"][0]
    for statement in statements["PolicyDocument"]["Statement"]:
        if "iam:CreateRole" in statement["Action"]:
            assert statement["Condition"] == {
                "StringEquals": {"iam:PermissionsBoundary": {"Ref": "PermissionsBoundaryArn"}}
            }
            break
    else:
        pytest.fail("candidates cannot make roles at all")


# These calls know no resources: they look, set up log delivery, or make what has no name before.
UNNAMED = re.compile(
    r"(cloudformation|ec2|elasticloadbalancing):Describe"
    r"|cloudformation:GetTemplateSummary|ssm:(Cancel|Describe|GetCommandInvocation)"
    r"|logs:(Create|Delete|Get|List|Update)LogDeliver|logs:(Describe|PutResourcePolicy)"
    r"|ec2:(AllocateAddress|AssociateAddress|CreateSecurityGroup|CreateTags|RunInstances)"
    r"|backup(-storage)?:"
)


def test_only_calls_that_know_no_resources_are_allowed_on_everything() -> None:
    for name, properties in {
        **every("AWS::IAM::ManagedPolicy"),
        **every("AWS::IAM::Role"),
    }.items():
        for statement in statements_of(properties):
            if statement["Resource"] == "*" and "Condition" not in statement:
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    assert UNNAMED.match(action), f"{name} allows {action} on everything"


def statements_of(properties: Template) -> list[Template]:
    documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
    if "PolicyDocument" in properties:
        documents.append(properties["PolicyDocument"])
    return [statement for document in documents for statement in document["Statement"]]


def test_only_identity_steps_may_read_snapshots() -> None:
    readers = {
        name
        for name, properties in of_type("AWS::Serverless::Function").items()
        if {"Ref": "SnapshotsPolicy"} in properties["Policies"]
    }
    moving = ("ExportIdentities", "ImportIdentities", "FreezeDirectory", "RollBack")
    assert readers == {f"{step}Function" for step in moving}


def test_only_three_steps_may_move_users() -> None:
    movers = {
        name
        for name, properties in of_type("AWS::Serverless::Function").items()
        if {"Ref": "TrafficPolicy"} in properties["Policies"]
    }
    assert movers == {"AdoptReleaseFunction", "ShiftTrafficFunction", "RollBackFunction"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_partition_is_taken_for_granted(path: Path) -> None:
    given = {**template(path), "Parameters": {}}
    assert not [text for text in strings(given) if text.startswith("arn:aws")]
