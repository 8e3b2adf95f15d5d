"""What CloudFormation may do for a candidate: nothing of ours, and nothing of another cluster."""

import json
import re
from fnmatch import fnmatchcase

import pytest

from tests.support.templates import (
    ROOT,
    STEPS,
    Template,
    granted,
    listed,
    of_type,
    resolved,
    statements_of,
    strings,
    template,
)

CANDIDATES = ROOT / "prerequisites/candidate-stacks.yaml"
HERE = "arn:aws:{}:us-east-1:111122223333:"
IAM = "arn:aws:iam::111122223333:"
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "111122223333",
    "ClusterName": "hpc",
    "EvidenceBucketName": "evidence",
}
# SOCA 2.6.1's own names, with what CloudFormation makes of those that it leaves open.
STACK = HERE.format("cloudformation") + "stack/{}-Security-1ABCDEFGHIJK/0a1b"
ROLE = IAM + "role/{}-Security-1ABCDEFGHIJK-SchedulerIAMRole-1ABCDEFGHIJKL"
PROFILE = IAM + "instance-profile/{}-Security-1ABCDEF-SchedulerIAMInstanceProfile-1ABCDEF"
FUNCTION = HERE.format("lambda") + "function:soca-{}-CreateACMCertificate"
LISTENER = HERE.format("elasticloadbalancing") + "listener/app/soca-{}-viewer/50dc6c49/f2f7dc8e"
TARGETS = HERE.format("elasticloadbalancing") + "targetgroup/soca-{}-WebUi/73e2d6bc"
DOMAIN = HERE.format("es") + "domain/soca-{}"
SECRET = HERE.format("secretsmanager") + "secret:soca-{}-AbCdEf"
VAULT = HERE.format("backup") + "backup-vault:Vault-soca-{}"
NAMED = {
    "cloudformation:DeleteStack": STACK,
    "iam:DeleteRole": ROLE,
    "iam:PassRole": ROLE,
    "iam:CreateRole": ROLE,
    "iam:AttachRolePolicy": ROLE,
    "iam:DeleteInstanceProfile": PROFILE,
    "lambda:DeleteFunction": FUNCTION,
    "elasticloadbalancing:DeleteListener": LISTENER,
    "elasticloadbalancing:DeleteTargetGroup": TARGETS,
    "es:*Domain*": DOMAIN,
    "secretsmanager:DeleteSecret": SECRET,
    "backup:DeleteBackupVault": VAULT,
}


def role(**conditions: bool) -> Template:
    written = of_type("AWS::IAM::Role", template(CANDIDATES))
    found: Template = resolved(written["DeployRole"], conditions)
    return found


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{([\w:]+)\}", lambda name: values[name[1]], text)


def reaches(action: str, arn: str) -> bool:
    patterns = [
        filled(resource["Fn::Sub"], VALUES)
        for statement in granted("DeployRole", template(CANDIDATES))
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if "Fn::Sub" in resource
    ]
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


@pytest.mark.parametrize("action", NAMED)
def test_every_release_of_this_cluster_is_reached(action: str) -> None:
    for release in ("hpc-r1", "hpc-r10", "hpc-r100", "hpc-r9999"):
        assert reaches(action, NAMED[action].format(release)), release


@pytest.mark.parametrize("action", NAMED)
def test_no_release_of_a_cluster_whose_name_begins_alike_is(action: str) -> None:
    for release in ("hpc-research-r1", "hpc-render-r2", "hpc2-r1", "hpc-r10000", "my-hpc-r1"):
        assert not reaches(action, NAMED[action].format(release)), release


def test_what_has_no_name_is_changed_by_the_cluster_s_tag_only() -> None:
    for statement in statements_of(role()):
        changed = [
            action
            for action in listed(statement["Action"])
            if re.match(r"ec2:(Authorize|Delete|Modify|Release|Revoke|Stop|Terminate)", action)
        ]
        if changed:
            tag = {"aws:ResourceTag/changeover:cluster": {"Ref": "ClusterName"}}
            assert statement["Condition"] == {"StringEquals": tag}, changed


def test_a_release_lets_its_own_address_in_to_the_one_group_that_all_share() -> None:
    policies = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))
    (statement,) = statements_of(policies["SharedGroupPolicy"])
    assert statement["Resource"]["Fn::Sub"].endswith(":security-group/${SchedulerSecurityGroup}")
    assert listed(statement["Action"]) == [
        *("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress")
    ]


def test_a_nested_stack_is_made_with_the_role_of_the_stack_around_it() -> None:
    policies = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))
    (passing,) = (
        statement
        for statement in statements_of(policies["OnBehalfPolicy"])
        if statement["Action"] == "iam:PassRole"
    )
    assert passing["Resource"] == {"Fn::GetAtt": ["DeployRole", "Arn"]}
    to = {"iam:PassedToService": "cloudformation.amazonaws.com"}
    assert passing["Condition"] == {"StringEquals": to}


def test_of_keys_only_the_one_that_aws_has_for_backups_is_used_for_a_vault() -> None:
    policies = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))
    (keys,) = (
        statement
        for statement in statements_of(policies["OnBehalfPolicy"])
        if "kms:CreateGrant" in listed(statement["Action"])
    )
    of_backups = {"kms:ResourceAliases": "alias/aws/backup"}
    assert keys["Condition"] == {"ForAnyValue:StringEquals": of_backups}


@pytest.mark.parametrize(
    "action",
    ["backup:DeleteBackupPlan", "backup:CreateBackupSelection", "backup:DeleteBackupSelection"],
)
def test_backup_plans_are_changed_by_soca_s_tag_of_a_release_only(action: str) -> None:
    allowed = granted("DeployRole", template(CANDIDATES))
    (statement,) = (s for s in allowed if action in listed(s["Action"]))
    (patterns,) = statement["Condition"]["StringLike"].values()
    wanted = [filled(each["Fn::Sub"], VALUES) for each in patterns]
    assert [*statement["Condition"]["StringLike"]] == ["aws:ResourceTag/soca:ClusterId"]
    assert any(fnmatchcase("soca-hpc-r10", pattern) for pattern in wanted)
    assert not any(fnmatchcase("soca-hpc-research-r1", pattern) for pattern in wanted)


def test_tags_are_given_at_making_or_along_with_the_cluster_s() -> None:
    tagging = [s for s in statements_of(role()) if s["Action"] == "ec2:CreateTags"]
    assert [next(iter(s["Condition"]["StringEquals"])) for s in tagging] == [
        "ec2:CreateAction",
        "aws:RequestTag/changeover:cluster",
    ]


def test_what_makes_candidates_reaches_nothing_of_ours() -> None:
    ours = [f"function:changeover-hpc-{step.replace('_', '-')}" for step in STEPS]
    ours += ["app/changeover-hpc/1", "targetgroup/changeover-hpc-r7/1", "targetgroup/review-hpc/1"]
    for text in strings(role()["Policies"]):
        pattern = text.replace("${ClusterName}", "hpc").rpartition("}:")[2]
        if pattern != "*":
            assert not [name for name in ours if fnmatchcase(name, pattern)], text


GIVING = ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:CreateUser")


@pytest.mark.parametrize(
    ("has_boundary", "boundary"), [(True, "PermissionsBoundaryArn"), (False, "ReleaseBoundary")]
)
def test_candidates_get_no_role_outside_a_boundary(has_boundary: bool, boundary: str) -> None:
    making = [
        statement
        for statement in statements_of(role(HasBoundary=has_boundary))
        if any(fnmatchcase(each, a) for each in GIVING for a in listed(statement["Action"]))
    ]
    assert making
    within = {"StringEquals": {"iam:PermissionsBoundary": {"Ref": boundary}}}
    assert [statement.get("Condition") for statement in making] == [within]


def test_nothing_that_makes_candidates_takes_a_boundary_off() -> None:
    policies = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))
    attached = [policy for policy in policies.values() if policy.get("Roles")]
    allowed = {
        action
        for policy in [role(HasBoundary=False), *attached]
        for statement in statements_of(policy)
        for action in listed(statement["Action"])
    }
    for action in (
        *("iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"),
        *("iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
        *("iam:CreatePolicy", "iam:CreateUser", "iam:CreateAccessKey"),
    ):
        assert not [each for each in allowed if fnmatchcase(action, each)], action


BOUND = HERE.format("x").replace(":x:us-east-1:", ":{}:us-east-1:")


def let_through(action: str, arn: str = "*") -> bool:
    """By the boundary that is made where the company has none, as IAM evaluates it."""
    policies = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))

    def applies(statement: Template) -> bool:
        excluded = listed(statement.get("NotAction", []))
        named = listed(statement.get("Action", []))
        among = (
            not any(fnmatchcase(action, each) for each in excluded)
            if excluded
            else any(fnmatchcase(action, each) for each in named)
        )
        places = [
            filled(each["Fn::Sub"], VALUES) if isinstance(each, dict) else each
            for each in listed(statement["Resource"])
        ]
        return among and any(fnmatchcase(arn, place) for place in places)

    effects = {s["Effect"] for s in statements_of(policies["ReleaseBoundary"]) if applies(s)}
    return effects == {"Allow"}


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("iam:CreateRole", ROLE.format("hpc-r2")),
        ("iam:AttachRolePolicy", ROLE.format("hpc-r2")),
        ("iam:PutRolePolicy", IAM + "role/administrator"),
        ("iam:PassRole", IAM + "role/changeover-hpc-deploy"),
        ("iam:PassRole", IAM + "role/administrator"),
        ("iam:CreateUser", IAM + "user/mallory"),
        ("iam:DeleteRolePermissionsBoundary", ROLE.format("hpc-r2")),
        ("sts:AssumeRole", "arn:aws:iam::444455556666:role/theirs"),
        ("organizations:LeaveOrganization", "*"),
        ("account:CloseAccount", "*"),
        ("lambda:UpdateFunctionCode", BOUND.format("lambda") + "function:changeover-hpc-roll-back"),
        ("codebuild:UpdateProject", BOUND.format("codebuild") + "project/changeover-hpc-x"),
        ("dynamodb:PutItem", BOUND.format("dynamodb") + "table/app-ReleasesTable-1ABC"),
        ("sns:Subscribe", BOUND.format("sns") + "changeover-hpc"),
        ("ssm:PutParameter", BOUND.format("ssm") + "parameter/changeover/hpc"),
        ("states:StartExecution", BOUND.format("states") + "stateMachine:changeover-hpc-upgrade"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::evidence"),
        ("kms:ScheduleKeyDeletion", BOUND.format("kms") + "key/0a1b"),
    ],
)
def test_no_role_of_a_release_gets_out_of_its_boundary(action: str, arn: str) -> None:
    assert not let_through(action, arn)


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("ec2:RunInstances", "*"),
        ("cloudformation:CreateStack", "*"),
        ("fsx:CreateFileSystem", "*"),
        ("s3:GetObject", "arn:aws:s3:::evidence/soca-installer-hpc-r2/soca.tar.gz"),
        ("secretsmanager:GetSecretValue", BOUND.format("secretsmanager") + "secret:changeover/x"),
        ("iam:PassRole", ROLE.format("hpc-r2")),
        ("iam:PassRole", IAM + "role/changeover-hpc-release-node"),
        ("iam:CreateServiceLinkedRole", IAM + "role/aws-service-role/fsx.amazonaws.com/x"),
        ("logs:PutLogEvents", "*"),
        ("ssm:UpdateInstanceInformation", "*"),
    ],
)
def test_what_soca_s_own_roles_do_stays_possible(action: str, arn: str) -> None:
    assert let_through(action, arn)


def test_the_boundary_fits_into_a_managed_policy() -> None:
    longest = VALUES | {"ClusterName": "a" * 15}
    policies = of_type("AWS::IAM::ManagedPolicy", template(CANDIDATES))
    document = policies["ReleaseBoundary"]["PolicyDocument"]
    text = json.dumps(document, separators=(",", ":"))
    text = re.sub(r'\{"Fn::Sub":("[^"]*")\}', r"\1", text)
    assert len(filled(text, longest)) < 6144


def test_what_candidates_are_made_with_fits_into_a_role() -> None:
    """IAM counts 10,240 characters without white space, here with the longest names there are."""
    longest = VALUES | {"ClusterName": "a" * 15, "AWS::Region": "ap-southeast-1"}
    document = role(HasBoundary=True)["Policies"][0]["PolicyDocument"]
    text = json.dumps(document, separators=(",", ":"))
    text = re.sub(r'\{"Ref":"\w+"\}', f'"{"a" * 120}"', text)
    text = re.sub(r'\{"Fn::Sub":("[^"]+")\}', r"\1", text)
    assert (
        len(filled(text, longest | {"AWS::Partition": "aws-us-gov", "AWS::URLSuffix": "a" * 20}))
        < 10_240
    )


def test_what_analytics_hold_is_read_by_nobody_who_makes_candidates() -> None:
    actions = [
        action
        for statement in granted("DeployRole", template(CANDIDATES))
        for action in listed(statement["Action"])
    ]
    made = ("es:CreateDomain", "es:DeleteElasticsearchDomain", "es:AddTags")
    assert all(any(fnmatchcase(each, action) for action in actions) for each in made)
    held = ("es:ESHttpGet", "es:ESHttpPost", "es:ESCrossClusterGet")
    assert not [each for each in held if any(fnmatchcase(each, action) for action in actions)]
