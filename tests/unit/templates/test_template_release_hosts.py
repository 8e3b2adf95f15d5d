"""What a release's hosts, where users have a shell, may stop, export and mail: SOCA's own only."""

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support.conditions import hold
from tests.support.template_choices import Choice
from tests.support.templates import (
    BOUNDARY,
    ROOT,
    TEMPLATES,
    granted,
    listed,
    of_type,
    statements_of,
    template,
    translated,
)

ROLES = ROOT / "prerequisites/roles.yaml"
HERE = "arn:aws:{}:us-east-1:111122223333:{}"
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "111122223333",
    "AWS::URLSuffix": "amazonaws.com",
    "ClusterName": "hpc",
    "EvidenceBucketName": "evidence",
    "VpcId": "vpc-0a1b2c3d",
}


def filled(node: Any) -> Any:
    match node:
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda name: VALUES[name[1]], text)
        case dict():
            return {key: filled(value) for key, value in node.items()}
        case list():
            return [filled(value) for value in node]
    return node


def allows(role: str, action: str, arn: str, **tags: str) -> bool:
    context = {f"aws:ResourceTag/soca:{key}": value for key, value in tags.items()}
    return any(
        action in listed(statement["Action"])
        and any(fnmatchcase(arn, str(each)) for each in listed(statement["Resource"]))
        and hold(statement.get("Condition", {}), context)
        for statement in map(filled, granted(role, template(ROLES)))
    )


STOPPING = [
    ("SchedulerRole", "ec2:TerminateInstances", "instance/i-0a1b"),
    ("SchedulerRole", "ec2:StopInstances", "instance/i-0a1b"),
    ("SchedulerRole", "ec2:ModifyInstanceAttribute", "instance/i-0a1b"),
    ("SchedulerRole", "ec2:CancelSpotFleetRequests", "spot-fleet-request/sfr-0a1b"),
    ("SpotFleetRole", "ec2:TerminateInstances", "instance/i-0a1b"),
]


@pytest.mark.parametrize(("role", "action", "place"), STOPPING)
@pytest.mark.parametrize("release", ["hpc-r1", "hpc-r9999"])
def test_nodes_and_desktops_of_the_cluster_are_stopped(
    role: str, action: str, place: str, release: str
) -> None:
    for kind in ("soca-compute-node", "dcv"):
        tags = {"ClusterId": f"soca-{release}", "NodeType": kind}
        assert allows(role, action, HERE.format("ec2", place), **tags), kind


@pytest.mark.parametrize(("role", "action", "place"), STOPPING)
@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"ClusterId": "soca-hpc-r1"},
        {"NodeType": "soca-compute-node"},
        {"ClusterId": "soca-hpc-r1", "NodeType": ""},
        {"ClusterId": "soca-hpc-r1", "NodeType": "scheduler"},
        {"ClusterId": "soca-hpc-r1", "NodeType": "controller"},
        {"ClusterId": "soca-hpc-r1", "NodeType": "license-server"},
        {"ClusterId": "soca-hpc2-r1", "NodeType": "dcv"},
    ],
    ids=str,
)
def test_no_other_host_is_stopped(role: str, action: str, place: str, tags: dict[str, str]) -> None:
    assert not allows(role, action, HERE.format("ec2", place), **tags)


EXPORT = "fsx:CreateDataRepositoryTask"
SCRATCH = HERE.format("fsx", "file-system/fs-0a1b")


def test_a_node_exports_file_systems_that_soca_made_for_jobs_of_the_cluster() -> None:
    assert allows("NodeRole", EXPORT, SCRATCH, ClusterId="soca-hpc-r7")
    assert allows("NodeRole", EXPORT, HERE.format("fsx", "task/task-0a1b"))


@pytest.mark.parametrize("tags", [{}, {"ClusterId": "soca-hpc2-r1"}, {"ClusterId": "hpc"}], ids=str)
def test_a_node_exports_no_other_file_system(tags: dict[str, str]) -> None:
    assert not allows("NodeRole", EXPORT, SCRATCH, **tags)


def test_nothing_else_of_a_release_exports_file_systems() -> None:
    for role in of_type("AWS::IAM::Role", template(ROLES)).keys() - {"NodeRole"}:
        assert not allows(role, EXPORT, SCRATCH, ClusterId="soca-hpc-r7"), role


SENDER = "arn:aws:ses:eu-west-1:111122223333:identity/hpc.example.com"


def mailing(**parameters: str) -> dict[str, Any]:
    """By the policy that allows it: from which identities whoever has it sends mail."""
    chosen = Choice(ROLES, **parameters)
    policies = chosen.of_type("AWS::IAM::Role") | chosen.of_type("AWS::IAM::ManagedPolicy")
    return {
        name: (policy.get("Roles"), statement["Resource"])
        for name, policy in policies.items()
        for statement in statements_of(policy)
        if any(fnmatchcase("ses:SendEmail", each) for each in listed(statement["Action"]))
    }


def test_no_release_sends_mail_unless_a_site_names_the_sender() -> None:
    assert mailing() == {}


def test_mail_about_jobs_comes_from_the_named_senders_only() -> None:
    (policy,) = mailing(JobMailIdentityArns=SENDER).values()
    assert policy == ([{"Ref": "SchedulerRole"}, {"Ref": "NodeRole"}], SENDER)


def test_the_app_hands_its_senders_on() -> None:
    passed = of_type("AWS::Serverless::Application")["ReleaseRoles"]["Parameters"]
    assert passed["JobMailIdentityArns"] == {"Fn::Join": [",", {"Ref": "JobMailIdentityArns"}]}
    assert template()["Parameters"]["JobMailIdentityArns"]["Default"] == ""


def test_no_role_is_given_a_whole_service() -> None:
    for path in TEMPLATES:
        here = translated(path)
        policies = of_type("AWS::IAM::Role", here) | of_type("AWS::IAM::ManagedPolicy", here)
        for name, policy in policies.items():
            for statement in statements_of(policy) if name != BOUNDARY else []:
                actions = listed(statement.get("Action", []))
                assert not [each for each in actions if each.endswith((":*", "*:*"))], name
                assert "NotAction" not in statement, name
