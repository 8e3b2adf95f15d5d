"""Roles that releases share: bounded, passed to their own services only, theirs and no other's."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.support.templates import (
    ROOT,
    Template,
    every,
    granted,
    listed,
    of_type,
    resolved,
    statements_of,
    strings,
    template,
)

ROLES = ROOT / "prerequisites/roles.yaml"
CANDIDATES = ROOT / "prerequisites/candidate-stacks.yaml"
# What 2.6.1's Security.template tells the others, and what answers for it.
SECURITY = {
    "SchedulerIAMRole",
    "SchedulerIAMRoleArn",
    "SpotFleetIAMRoleArn",
    "SolutionMetricsRole",
    "SolutionMetricsRoleArn",
    "SchedulerIAMInstanceProfile",
    "SchedulerIAMInstanceProfileArn",
    "ComputeNodeIAMRole",
    "ComputeNodeIAMRoleArn",
    "ComputeNodeInstanceProfile",
    "ComputeNodeInstanceProfileArn",
    "LambdaACMIAMRoleArn",
}
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "111122223333",
    "AWS::URLSuffix": "amazonaws.com",
    "ClusterName": "hpc",
    "EvidenceBucketName": "evidence",
    "VpcId": "vpc-0a1b2c3d",
}
HERE = "arn:aws:{}:us-east-1:111122223333:"


def roles() -> dict[str, Template]:
    return of_type("AWS::IAM::Role", template(ROLES))


def filled(text: str, values: dict[str, str] = VALUES) -> str:
    return re.sub(r"\$\{([\w:]+)\}", lambda name: values[name[1]], text)


def reaches(role: str, action: str, arn: str) -> bool:
    return any(
        fnmatchcase(arn, filled(resource["Fn::Sub"]) if "Fn::Sub" in resource else str(resource))
        for statement in granted(role, template(ROLES))
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    )


def test_every_role_is_bounded_and_bears_a_name_that_customizations_can_rely_on() -> None:
    for name, role in roles().items():
        bounded = resolved(role, {"HasBoundary": True})
        assert bounded["PermissionsBoundary"] == {"Ref": "PermissionsBoundaryArn"}, name
        assert re.fullmatch(
            r"changeover-\$\{ClusterName\}-release-[a-z-]+", role["RoleName"]["Fn::Sub"]
        )
        assert len(role["RoleName"]["Fn::Sub"].replace("${ClusterName}", "a" * 15)) <= 64
    said = template()["Parameters"]["MakeReleaseRoles"]["Description"]
    for role in roles().values():
        assert role["RoleName"]["Fn::Sub"].removeprefix("changeover-${ClusterName}-release") in said


def test_every_output_of_soca_s_security_stack_has_its_answer() -> None:
    outputs = template(ROLES)["Outputs"].values()
    answered = re.findall(r"Security's output (\w+)", " ".join(o["Description"] for o in outputs))
    assert set(answered) == SECURITY
    assert len(answered) == len(SECURITY)


def test_releases_make_their_own_roles_unless_asked_otherwise() -> None:
    assert template()["Parameters"]["MakeReleaseRoles"]["Default"] == "false"
    assert template()["Resources"]["ReleaseRoles"]["Condition"] == "MakesReleaseRoles"
    passed = of_type("AWS::Serverless::Application")["CandidateStacks"]["Parameters"]
    without = resolved(passed["ReleaseRoleArns"], {"MakesReleaseRoles": False})
    assert without == {"Fn::Join": [",", {"Ref": "ReleaseRoleArns"}]}
    assert template()["Parameters"]["ReleaseRoleArns"]["Default"] == ""
    asked = resolved(passed["ReleaseRoleArns"], {"MakesReleaseRoles": True})
    handed = [each["Fn::GetAtt"][1].removeprefix("Outputs.") for each in asked["Fn::Join"][1]]
    assert handed == [
        *("SchedulerRoleArn", "FunctionsRoleArn", "CertificateRoleArn", "BackupRoleArn")
    ]
    assert set(handed) <= template(ROLES)["Outputs"].keys()


def test_every_role_that_is_handed_over_is_named_and_so_is_who_gets_it() -> None:
    policies = {**every("AWS::IAM::Role"), **every("AWS::IAM::ManagedPolicy")}
    checked = 0
    for name, properties in policies.items():
        for statement in statements_of(properties):
            if "iam:PassRole" in listed(statement["Action"]):
                checked += 1
                assert "*" not in listed(statement["Resource"]), name
                assert statement["Condition"]["StringEquals"]["iam:PassedToService"], name
    assert checked >= 5


def test_candidates_are_given_roles_and_cannot_write_to_them() -> None:
    policy = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))["ReleaseRolesPolicy"]
    (deploy,) = of_type("AWS::IAM::Role", template(CANDIDATES)).values()
    assert policy["Roles"] == [{"Ref": "DeployRole"}]
    allowed = [action for s in statements_of(policy) for action in listed(s["Action"])]
    assert allowed == ["iam:PassRole", "iam:GetInstanceProfile", "iam:GetRole"]
    for role in roles().values():
        arn = f"arn:aws:iam::111122223333:role/{filled(role['RoleName']['Fn::Sub'])}"
        for statement in statements_of(deploy):
            for resource in listed(statement["Resource"]):
                if isinstance(resource, dict) and "Fn::Sub" in resource:
                    assert not fnmatchcase(arn, filled(resource["Fn::Sub"]))


@pytest.mark.parametrize(
    ("path", "roles_of_it"),
    [(CANDIDATES, ["DeployRole"]), (ROLES, ["SchedulerRole", "SpotFleetRole"])],
)
def test_keys_of_images_are_used_by_way_of_ec2_where_there_are_any(
    path: Path, roles_of_it: list[str]
) -> None:
    whole = template(path)
    assert whole["Parameters"]["ImageKeyArns"]["Default"] == ""
    assert whole["Resources"]["ImageKeysPolicy"]["Condition"] == "HasImageKeys"
    policy = whole["Resources"]["ImageKeysPolicy"]["Properties"]
    assert policy["Roles"] == [{"Ref": name} for name in roles_of_it]
    for statement in statements_of(policy):
        assert statement["Resource"] == {"Ref": "ImageKeyArns"}
        assert [*statement["Condition"]["StringEquals"]] == ["kms:ViaService"]
        if "kms:CreateGrant" in listed(statement["Action"]):
            assert statement["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_each_role_is_taken_by_one_service() -> None:
    taken = {
        name: each["Principal"]["Service"]
        for name, role in roles().items()
        for each in role["AssumeRolePolicyDocument"]["Statement"]
    }
    ec2 = {"Fn::Sub": "ec2.${AWS::URLSuffix}"}
    assert taken == {
        "SchedulerRole": ec2,
        "NodeRole": ec2,
        "SpotFleetRole": "spotfleet.amazonaws.com",
        "FunctionsRole": "lambda.amazonaws.com",
        "CertificateRole": "lambda.amazonaws.com",
        "BackupRole": "backup.amazonaws.com",
    }


SECRET = HERE.format("secretsmanager") + "secret:soca-{}-AbCdEf"
NAMED = {
    "cloudformation:DeleteStack": HERE.format("cloudformation") + "stack/soca-{}-job-12/0a1b",
    "autoscaling:UpdateAutoScalingGroup": HERE.format("autoscaling")
    + "autoScalingGroup:0a1b:autoScalingGroupName/soca-{}-job-12-AutoScalingComputeGroup-1ABC",
    "ec2:DeletePlacementGroup": HERE.format("ec2") + "placement-group/soca-{}-job-12-Node-1ABC",
    "elasticloadbalancing:CreateRule": HERE.format("elasticloadbalancing")
    + "listener/app/soca-{}-viewer/50dc/f2f7",
    "elasticloadbalancing:DeleteRule": HERE.format("elasticloadbalancing")
    + "listener-rule/app/soca-{}-viewer/50dc/f2f7/9683",
    "secretsmanager:GetSecretValue": SECRET,
    "lambda:InvokeFunction": HERE.format("lambda") + "function:soca-{}-Metrics",
    "s3:PutObject": "arn:aws:s3:::evidence/releases/{}/snapshots/a.ldif.gz",
    "s3:GetObject": "arn:aws:s3:::evidence/soca-{}/cluster_logs/accounting/1",
}


@pytest.mark.parametrize("action", NAMED)
def test_a_scheduler_reaches_releases_of_its_cluster_only(action: str) -> None:
    for release in ("hpc-r1", "hpc-r10", "hpc-r9999"):
        assert reaches("SchedulerRole", action, NAMED[action].format(release)), release
    for release in ("hpc-research-r1", "hpc2-r1", "my-hpc-r1"):
        assert not reaches("SchedulerRole", action, NAMED[action].format(release)), release


def test_no_scheduler_commands_a_scheduler() -> None:
    commanding = [
        s for s in statements_of(roles()["SchedulerRole"]) if s["Action"] == "ssm:SendCommand"
    ]
    hosts = [s for s in commanding if any(":instance/" in text for text in strings(s["Resource"]))]
    assert [s["Condition"]["StringEquals"] for s in hosts] == [
        {"ssm:resourceTag/soca:NodeType": "dcv"}
    ]


def test_no_release_gives_a_tag_of_ours_or_any_to_a_machine_that_is_there() -> None:
    for role in roles().values():
        for statement in statements_of(role):
            if "ec2:CreateTags" in listed(statement["Action"]):
                condition = statement["Condition"]
                assert condition["ForAllValues:StringNotLike"] == {"aws:TagKeys": "changeover:*"}
                if any(":instance/*" in each for each in strings(statement["Resource"])):
                    created = listed(condition["StringEquals"]["ec2:CreateAction"])
                    assert {*created} <= {
                        "CreatePlacementGroup",
                        "RequestSpotFleet",
                        "RunInstances",
                    }


def test_what_a_release_runs_with_stays_when_this_goes() -> None:
    kinds = ("AWS::IAM::Role", "AWS::IAM::InstanceProfile")
    made = [each for each in template(ROLES)["Resources"].values() if each["Type"] in kinds]
    assert made
    assert all(each["DeletionPolicy"] == "RetainExceptOnCreate" for each in made)


def test_nodes_where_users_have_a_shell_see_installers_and_no_identities() -> None:
    for key in ("releases/hpc-r7/a.ldif.gz", "runs/a/plan.json", "soca-hpc-r7/logs/1"):
        assert not reaches("NodeRole", "s3:GetObject", f"arn:aws:s3:::evidence/{key}"), key
        assert not reaches("NodeRole", "s3:PutObject", f"arn:aws:s3:::evidence/{key}"), key
    assert reaches("NodeRole", "s3:GetObject", "arn:aws:s3:::evidence/soca-installer-a1b2/x")
    assert not reaches("NodeRole", "s3:PutObject", "arn:aws:s3:::evidence/soca-installer-a1b2/x")


@pytest.mark.parametrize("action", ["ec2:DeleteLaunchTemplate", "fsx:DeleteFileSystem"])
def test_what_bears_no_name_of_a_release_goes_with_a_stack_only(action: str) -> None:
    (statement,) = (
        statement
        for statement in statements_of(roles()["SchedulerRole"])
        if action in listed(statement["Action"])
    )
    called_via = {"aws:CalledVia": "cloudformation.amazonaws.com"}
    assert statement["Condition"] == {"ForAnyValue:StringEquals": called_via}


def test_no_release_writes_an_installer() -> None:
    for name in roles():
        arn = "arn:aws:s3:::evidence/soca-installer-a1b2/scripts/Scheduler.sh"
        assert not reaches(name, "s3:PutObject", arn), name
