"""What a release may do in the evidence bucket, by the bucket's policy and its key's."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest

from tests.support.templates import Template, every, listed, statements_of

BUCKET = "arn:aws:s3:::evidence"
KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b"
ACCOUNT = "111122223333"
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::AccountId": ACCOUNT,
    "EvidenceBucket.Arn": BUCKET,
}
GOTTEN = {"EvidenceKey": KEY, "EvidenceBucket": BUCKET}
TAG = "aws:PrincipalTag/changeover:release"
ENCRYPTION = "s3:x-amz-server-side-encryption"
Facts = dict[str, str]

# Without the fact that they ask for, negated operators hold: that is IAM's rule.
OPERATORS: dict[str, Callable[[str | None, list[str]], bool]] = {
    "Bool": lambda fact, wanted: fact in wanted,
    "Null": lambda fact, wanted: str(fact is None).lower() in wanted,
    "StringEquals": lambda fact, wanted: fact in wanted,
    "StringNotEquals": lambda fact, wanted: fact not in wanted,
    "StringLike": lambda fact, wanted: any(fnmatchcase(fact or "", each) for each in wanted),
    "StringNotLike": lambda fact, wanted: not any(fnmatchcase(fact or "", w) for w in wanted),
}


def text_of(node: Template | str, facts: Facts, further: Facts | None = None) -> str:
    """As AWS reads it: the template's names filled in first, the request's variables then."""
    values = VALUES | (further or {})
    match node:
        case {"Fn::Sub": str(text)}:
            text = re.sub(r"\$\{(?!!)([\w:.]+)\}", lambda name: values[name[1]], text)
        case {"Fn::GetAtt": [str(name), *_]}:
            text = GOTTEN[name]
        case {"Ref": str(name)}:
            text = VALUES[name]
        case _:
            text = str(node)
    return re.sub(r"\$\{!([\w:/.]+)\}", lambda name: facts.get(name[1], "${}"), text)


def applies(statement: Template, action: str, resource: str, facts: Facts) -> bool:
    def among(element: str, value: str) -> bool:
        wanted = [text_of(each, facts) for each in listed(statement[element])]
        return any(fnmatchcase(value, each) for each in wanted)

    there = (
        not among("NotResource", resource)
        if "NotResource" in statement
        else among("Resource", resource)
    )
    return among("Action", action) and there and conditions_hold(statement, facts)


def conditions_hold(statement: Template, facts: Facts) -> bool:
    return all(
        OPERATORS[operator](facts.get(key), [text_of(each, facts) for each in listed(wanted)])
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def refused(action: str, key: str, release: str = "", **facts: str) -> bool:
    """Whether the bucket refuses what a role's own policy may allow."""
    policy = every("AWS::S3::BucketPolicy")["evidence/EvidenceBucketPolicy"]
    known = {"aws:SecureTransport": "true", **facts} | ({TAG: release} if release else {})
    return any(
        statement["Effect"] == "Deny" and applies(statement, action, f"{BUCKET}/{key}", known)
        for statement in policy["PolicyDocument"]["Statement"]
    )


def key_lends(action: str, key: str, release: str = "") -> bool:
    """Whether the key serves a role that nobody has allowed anything about keys."""
    properties = every("AWS::KMS::Key")["evidence/EvidenceKey"]
    facts = {
        "kms:CallerAccount": ACCOUNT,
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": f"{BUCKET}/{key}",
    } | ({TAG: release} if release else {})
    return any(
        statement["Principal"] == {"AWS": "*"} and applies(statement, f"kms:{action}", KEY, facts)
        for statement in properties["KeyPolicy"]["Statement"]
    )


READ_AND_WRITE = ["releases/hpc-r7/run/export.ldif.gz", "soca-hpc-r7/cluster_logs/a"]
READ = ["soca-installer-1a2b/scripts/Scheduler.sh"]
NOTHING = [
    *("releases/hpc-r6/run/export.ldif.gz", "releases/hpc-r70/run/export.ldif.gz"),
    *("soca-hpc-r6/cluster_logs/a", "soca-hpc-r70/a", "runs/run/evidence.json"),
    *("vendor/2.6.1.tar.gz", "customizations/site.tar.gz"),
]


@pytest.mark.parametrize("key", [*READ_AND_WRITE, *READ])
def test_a_release_reads_installers_and_its_own_folders(key: str) -> None:
    assert not refused("s3:GetObject", key, "hpc-r7")


@pytest.mark.parametrize("key", READ_AND_WRITE)
def test_a_release_writes_its_own_folders(key: str) -> None:
    assert not refused("s3:PutObject", key, "hpc-r7")


@pytest.mark.parametrize("action", ["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"])
@pytest.mark.parametrize("key", [*READ, *NOTHING])
def test_a_release_writes_nothing_else(key: str, action: str) -> None:
    assert refused(action, key, "hpc-r7")


@pytest.mark.parametrize("key", NOTHING)
def test_a_release_reads_nothing_else(key: str) -> None:
    assert refused("s3:GetObject", key, "hpc-r7")


@pytest.mark.parametrize("key", [*READ_AND_WRITE, *NOTHING])
def test_who_is_no_release_is_not_held_up(key: str) -> None:
    assert not refused("s3:PutObject", key)
    assert refused("s3:PutObject", key, **{"aws:SecureTransport": "false"})


def test_an_installer_s_file_is_written_only_where_there_is_none() -> None:
    """By whomever: the header has S3 compare and write in one."""
    assert refused("s3:PutObject", READ[0])
    assert not refused("s3:PutObject", READ[0], **{"s3:if-none-match": "*"})
    assert refused("s3:PutObject", READ[0], "hpc-r7", **{"s3:if-none-match": "*"})


def test_no_build_writes_where_a_release_boots_from() -> None:
    role = every("AWS::IAM::Role")["release-build/BuildRole"]
    written = [
        text_of(resource, {}, further={"EvidenceBucketName": "evidence"})
        for statement in statements_of(role)
        if {"s3:PutObject", "s3:*", "*"} & {*listed(statement["Action"])}
        for resource in listed(statement["Resource"])
    ]
    assert written == [f"{BUCKET}/builds/*"]


def test_only_the_evidence_key_encrypts() -> None:
    key_id, own = f"{ENCRYPTION}-aws-kms-key-id", f"{ENCRYPTION}-customer-algorithm"

    def upload(**headers: str) -> bool:
        return not refused("s3:PutObject", READ_AND_WRITE[0], "hpc-r7", **headers)

    assert upload()
    assert upload(**{ENCRYPTION: "aws:kms", key_id: KEY})
    assert not upload(**{ENCRYPTION: "aws:kms"})
    assert not upload(**{ENCRYPTION: "aws:kms", key_id: KEY.replace("0a1b", "2c3d")})
    assert not upload(**{ENCRYPTION: "AES256"})
    assert not upload(**{ENCRYPTION: "aws:kms:dsse", key_id: KEY})
    assert not upload(**{own: "AES256"})


def test_nodes_can_neither_read_nor_forge_a_snapshot() -> None:
    for key in ("releases/hpc-r7/run/export.ldif.gz", "releases/hpc-r7/soca-hpc-r7/a"):
        assert not key_lends("Decrypt", key, "hpc-r7")
        assert not key_lends("GenerateDataKey", key, "hpc-r7")


def test_the_key_serves_installers_and_logs() -> None:
    assert key_lends("Decrypt", READ[0], "hpc-r7")
    assert not key_lends("GenerateDataKey", READ[0], "hpc-r7")
    for action in ("Decrypt", "GenerateDataKey"):
        assert key_lends(action, "soca-hpc-r7/cluster_logs/a", "hpc-r7")
        assert not key_lends(action, "soca-hpc-r6/cluster_logs/a", "hpc-r7")
        assert not key_lends(action, READ[0])
