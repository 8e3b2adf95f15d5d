"""No role without the boundary, no permission without a name, four functions move users."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from changeover.soca.dialect import DIALECTS, Dialect
from tests.support.templates import (
    PREREQUISITES,
    STEPS,
    TEMPLATES,
    Template,
    every,
    listed,
    logical_id,
    of_type,
    permissions,
    resolved,
    statements_of,
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


CLUSTER = "hpc"
OURS = {"changeover:cluster": CLUSTER}


def commanded(tags: dict[str, str]) -> bool:
    """Whether a host with these tags is given commands."""
    policy = of_type("AWS::IAM::ManagedPolicy")["SchedulerHostsPolicy"]
    return any(
        all(
            meets(operator, tags.get(key.partition("/")[2]), listed(wanted))
            for operator, keys in statement["Condition"].items()
            for key, wanted in keys.items()
        )
        for statement in statements_of(policy)
        if statement["Action"] == "ssm:SendCommand" and "Condition" in statement
    )


def meets(operator: str, value: str | None, wanted: list[str]) -> bool:
    match operator:
        case "Null":
            return wanted == [str(value is None).lower()]
        case "StringEquals":
            return value in [CLUSTER if each == {"Ref": "ClusterName"} else each for each in wanted]
        case "StringLike":
            return value is not None and any(fnmatchcase(value, each) for each in wanted)
    raise AssertionError(operator)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_scheduler_of_every_dialect_is_given_commands(dialect: Dialect) -> None:
    assert commanded(dialect.scheduler_tags("soca-hpc-r1") | OURS)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("cluster", [{}, {"changeover:cluster": "other"}])
def test_no_scheduler_of_another_cluster_is_given_commands(
    dialect: Dialect, cluster: dict[str, str]
) -> None:
    assert not commanded(dialect.scheduler_tags("soca-hpc-r1") | cluster)


@pytest.mark.parametrize("brand", ["soca", "edh"])
@pytest.mark.parametrize("kind", ["soca-compute-node", "dcv", "login_node"])
def test_no_node_and_no_desktop_is_given_commands(brand: str, kind: str) -> None:
    tags = {f"{brand}:ClusterId": f"{brand}-hpc-r1", f"{brand}:NodeType": kind}
    for name in ("soca-hpc-r1-compute-job-1", "soca-hpc-r1-Scheduler"):
        assert not commanded(tags | OURS | {"Name": name})
    assert not commanded({"Name": "other-Scheduler"} | OURS)


def test_one_step_tags_hosts_and_takes_none_from_another_cluster() -> None:
    tagging = {
        logical_id(step): statement
        for step in STEPS
        for statement in permissions(step)
        if "ec2:CreateTags" in listed(statement["Action"])
        and any(each.endswith(":instance/*") for each in strings(statement["Resource"]))
    }
    own = {"Ref": "ClusterName"}
    assert {step: statement["Condition"] for step, statement in tagging.items()} == {
        "AdoptRelease": {
            "StringEquals": {"aws:RequestTag/changeover:cluster": own},
            "StringEqualsIfExists": {"aws:ResourceTag/changeover:cluster": own},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["changeover:cluster"]},
        }
    }


# These calls know no resources: they look, set up log delivery, or make what has no name before.
UNNAMED = re.compile(
    r"(cloudformation|ec2|elasticloadbalancing):Describe"
    r"|cloudformation:GetTemplateSummary|ssm:(Cancel|Describe|GetCommandInvocation)"
    r"|logs:(Create|Delete|Get|List|Update)LogDeliver|logs:(Describe|PutResourcePolicy)"
    r"|ec2:(AllocateAddress|CreateSecurityGroup|RunInstances)"
    r"|backup-storage:MountCapsule$"
    r"|imagebuilder:(ListImageScanFindingAggregations|ListImageScanFindings|ListImages)$"
    r"|inspector2:(ListCoverage|ListFindingAggregations|ListFindings)"
    r"|acm:ListCertificates|(autoscaling|fsx|savingsplans):Describe|tag:Get"
    r"|budgets:ViewBudget|pricing:GetProducts|servicequotas:List|ssm:ListCommands"
)


def test_only_calls_that_know_no_resources_are_allowed_on_everything() -> None:
    for name, properties in {
        **every("AWS::IAM::ManagedPolicy"),
        **every("AWS::IAM::Role"),
    }.items():
        for statement in statements_of(properties):
            if statement["Resource"] == "*" and "Condition" not in statement:
                for action in listed(statement["Action"]):
                    assert UNNAMED.match(action), f"{name} allows {action} on everything"


def allowed(action: str, resource: object) -> set[str]:
    """The steps that may do that there, by a shared policy or by one of their own."""
    return {
        logical_id(step)
        for step in STEPS
        for statement in permissions(step)
        if action in listed(statement["Action"]) and resource in listed(statement["Resource"])
    }


def in_bucket(pattern: str) -> Template:
    return {"Fn::Sub": f"${{Evidence.Outputs.BucketArn}}/{pattern}"}


def test_only_identity_steps_may_read_snapshots() -> None:
    assert allowed("s3:GetObject", in_bucket("releases/*")) == {
        *("ExportIdentities", "ImportIdentities", "FreezeDirectory"),
        *("ReplayChanges", "AbortUpgrade", "Reconcile"),
    }


def test_only_steps_that_prove_something_may_write_evidence() -> None:
    assert allowed("s3:PutObject", in_bucket("runs/*")) == {
        *("PlanUpgrade", "ValidateCandidate", "FreezeDirectory", "CloseUpgrade", "AbortUpgrade"),
    }
    assert allowed("s3:PutObject", in_bucket("runs/*/return-findings.json")) == {"ReplayChanges"}


def test_only_four_functions_may_move_users() -> None:
    listener = {"Fn::GetAtt": ["FrontDoor", "Outputs.UsersListenerArn"]}
    movers = {"AdoptRelease", "ShiftTraffic", "RollBack", "AbortUpgrade"}
    assert allowed("elasticloadbalancing:CreateRule", listener) == movers
    tagged = {
        logical_id(step)
        for step in STEPS
        for statement in permissions(step)
        if "elasticloadbalancing:ModifyRule" in listed(statement["Action"])
        and "users" in listed(tag_of(statement, "aws:ResourceTag"))
    }
    assert tagged == movers


def protectable(step: str) -> set[str]:
    return {
        place.rpartition(":")[2]
        for statement in permissions(step)
        if "cloudformation:UpdateTerminationProtection" in listed(statement["Action"])
        for place in strings(statement["Resource"])
        if place.startswith("arn:")
    }


def test_two_steps_protect_stacks_and_one_of_them_releases_of_this_cluster_only() -> None:
    digits = ("?", "??", "???", "????")
    assert {logical_id(step): protectable(step) for step in STEPS if protectable(step)} == {
        "AdoptRelease": {"stack/*/*"},
        "CompleteUpgrade": {f"stack/${{ClusterName}}-r{each}/*" for each in digits},
    }


def tag_of(statement: Template, key: str) -> Any:
    return statement["Condition"]["StringEquals"][f"{key}/changeover:rule"]


def test_nobody_may_change_a_listener() -> None:
    for step in STEPS:
        for statement in permissions(step):
            actions = listed(statement["Action"])
            assert not {each for each in actions if each.endswith("Listener")}, step


def test_rules_are_changed_by_their_tag_and_made_with_it() -> None:
    """So no step can change a rule of the template's, or take one for its own."""
    for step in STEPS:
        for statement in permissions(step):
            actions = listed(statement["Action"])
            if "elasticloadbalancing:ModifyRule" in actions:
                assert {*listed(tag_of(statement, "aws:ResourceTag"))} <= {"users", "preview"}
            if "elasticloadbalancing:CreateRule" in actions:
                assert {*listed(tag_of(statement, "aws:RequestTag"))} <= {"users", "preview"}
            if "elasticloadbalancing:AddTags" in actions and "listener-rule" in str(statement):
                equal = statement["Condition"]["StringEquals"]
                assert equal["elasticloadbalancing:CreateAction"] == "CreateRule", step


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_partition_is_taken_for_granted(path: Path) -> None:
    given = {**template(path), "Parameters": {}}
    assert not [text for text in strings(given) if text.startswith("arn:aws")]
