"""The runbook lists what a first deployment leaves behind when CloudFormation rolls it back.

A nested stack that is complete when another fails is deleted in the rollback. What bears
RetainExceptOnCreate stays then, as what bears Retain does; in the app's own stack only the latter.
"""

import re
from typing import Any

from tests.support.templates import PREREQUISITES, ROOT, TEMPLATES, template

# What no two of may exist in an account, a region or a VPC; None where AWS chooses the name.
UNIQUE = {
    "AWS::Backup::BackupPlan": None,
    "AWS::Backup::BackupSelection": None,
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::Cognito::UserPool": None,
    "AWS::Cognito::UserPoolClient": None,
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::Cognito::UserPoolIdentityProvider": None,
    "AWS::DynamoDB::Table": "TableName",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::EC2::SecurityGroupEgress": None,
    "AWS::EC2::SecurityGroupIngress": None,
    "AWS::EC2::VPCEndpoint": "ServiceName",
    "AWS::EFS::FileSystem": None,
    "AWS::EFS::MountTarget": None,
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Key": None,
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::S3::BucketPolicy": None,
}
# They go with the resource that they belong to.
PARTS = {
    "AWS::Backup::BackupSelection",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolIdentityProvider",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EFS::MountTarget",
    "AWS::S3::BucketPolicy",
}

ENDPOINT = "com.amazonaws.${AWS::Region}."

Row = tuple[set[str], set[str]]
"""Fixed names, and the logical ids of what has none."""


def left_over() -> dict[str, Row]:
    """By template, relative to the root."""
    rows: dict[str, Row] = {}
    for path in TEMPLATES:
        policies = {"Retain"} | ({"RetainExceptOnCreate"} if path in PREREQUISITES else set())
        for logical_id, resource in template(path)["Resources"].items():
            kind = resource["Type"]
            if resource.get("DeletionPolicy") not in policies or kind in PARTS:
                continue
            row = rows.setdefault(path.relative_to(ROOT).as_posix(), (set(), set()))
            name = fixed_name(resource["Properties"].get(UNIQUE[kind] or ""))
            row[bool(not name)].add(name or logical_id)
    return rows


def fixed_name(name: Any) -> str:
    """As people read it; empty where a new stack gets another one."""
    match name:
        case {"Ref": str(parameter)}:
            return f"<{parameter}>"
        case {"Fn::Sub": str(text)}:
            return text.replace("${ClusterName}", "<cluster>").removeprefix(ENDPOINT)
        case str():
            return name
        case None | {"Fn::Sub": [str(), dict()]}:
            return ""
    raise NotImplementedError(name)


def section() -> str:
    text = (ROOT / "docs/operate.md").read_text()
    return text.partition("## The first deployment failed\n")[2].partition("\n## ")[0]


def told() -> dict[str, Row]:
    rows = re.findall(r"^\| .*\(`([\w/.-]+)`\) \|(.*)\|(.*)\|$", section(), re.MULTILINE)
    return {path: (quoted(named), quoted(unnamed)) for path, named, unnamed in rows}


def quoted(cell: str) -> set[str]:
    return {*re.findall(r"`([^`]+)`", cell)}


def test_what_stays_is_listed_by_its_name() -> None:
    assert sum(len(named) for named, _ in left_over().values()) >= 20
    assert told() == left_over()


def test_every_kind_that_stays_has_a_way_to_delete_it() -> None:
    """A command that names the kind as AWS's CLI does, below the list."""
    deleting = {
        "AWS::Backup::BackupPlan": "backup delete-backup-plan",
        "AWS::Backup::BackupVault": "backup delete-backup-vault",
        "AWS::Cognito::UserPool": "cognito-idp delete-user-pool",
        "AWS::Cognito::UserPoolDomain": "cognito-idp delete-user-pool-domain",
        "AWS::DynamoDB::Table": "dynamodb delete-table",
        "AWS::EC2::SecurityGroup": "ec2 delete-security-group",
        "AWS::EC2::VPCEndpoint": "ec2 delete-vpc-endpoints",
        "AWS::EFS::FileSystem": "efs delete-file-system",
        "AWS::IAM::InstanceProfile": "iam delete-instance-profile",
        "AWS::IAM::ManagedPolicy": "iam delete-policy",
        "AWS::IAM::Role": "iam delete-role",
        "AWS::KMS::Key": "kms schedule-key-deletion",
        "AWS::S3::Bucket": "s3 rb",
    }
    kinds = {
        resource["Type"]
        for path in TEMPLATES
        for resource in template(path)["Resources"].values()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert {kind for kind in kinds - PARTS if f"`{deleting[kind]} " not in section()} == set()


def test_the_first_deployment_is_told_to_keep_what_worked() -> None:
    steps = (ROOT / "docs/deploy.md").read_text()
    for text in (steps, section(), (ROOT / "samconfig.toml").read_text()):
        assert "--disable-rollback" in text
