"""Evidence, in memory and in S3."""

import hashlib

import boto3
import pytest

from changeover.adapters import evidence as in_s3
from changeover.adapters.evidence import S3Evidence
from changeover.errors import Conflict, Unhealthy
from changeover.ports.services import Evidence
from tests.support.fakes import FakeEvidence

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/evidence"


@pytest.fixture
def evidence(kind: str, request: pytest.FixtureRequest) -> Evidence:
    if kind == "memory":
        return FakeEvidence()
    s3 = request.getfixturevalue("aws").client("s3")
    return S3Evidence(s3, request.getfixturevalue("bucket"), KEY_ARN)


def test_what_is_written_is_read(evidence: Evidence) -> None:
    evidence.write("runs/run-1/plan.json", b"{}")
    assert evidence.read("runs/run-1/plan.json") == b"{}"


def test_the_last_write_counts(evidence: Evidence) -> None:
    evidence.write("runs/run-1/plan.json", b"{}")
    evidence.write("runs/run-1/plan.json", b"[]")
    assert evidence.read("runs/run-1/plan.json") == b"[]"


def test_missing_evidence_is_unhealthy_and_named(evidence: Evidence) -> None:
    with pytest.raises(Unhealthy, match=r"s3://evidence/runs/run-1/plan\.json"):
        evidence.read("runs/run-1/plan.json")


def test_what_is_written_once_stays(evidence: Evidence) -> None:
    assert evidence.write_once("soca-installer-hpc-r2/a", b"first")
    assert not evidence.write_once("soca-installer-hpc-r2/a", b"second")
    assert not evidence.write_once("soca-installer-hpc-r2/a", b"first")
    assert evidence.read("soca-installer-hpc-r2/a") == b"first"


def test_a_folder_s_files_are_listed_by_their_names_within_it(evidence: Evidence) -> None:
    for key in ("soca-installer-hpc-r1/a", "soca-installer-hpc-r1/b/c", "soca-installer-hpc-r10/d"):
        evidence.write(key, b"12")
    assert evidence.files("soca-installer-hpc-r1") == {"a": 2, "b/c": 2}
    assert evidence.files("soca-installer-hpc-r1/") == {"a": 2, "b/c": 2}
    assert evidence.files("soca-installer-hpc-r2") == {}


def test_existence_is_asked_without_reading(evidence: Evidence) -> None:
    assert not evidence.exists("vendor/2.6.1.tar.gz")
    evidence.write("vendor/2.6.1.tar.gz", b"")
    assert evidence.exists("vendor/2.6.1.tar.gz")


def test_a_digest_is_that_of_what_lies_there(evidence: Evidence) -> None:
    evidence.write("vendor/2.6.1.tar.gz", b"SOCA")
    assert evidence.digest("vendor/2.6.1.tar.gz", 4) == hashlib.sha256(b"SOCA").hexdigest()
    assert evidence.digest("vendor/2.6.2.tar.gz", 4) is None


def test_what_is_too_large_to_be_read_is_named(evidence: Evidence) -> None:
    evidence.write("vendor/2.6.1.tar.gz", b"SOCA!")
    with pytest.raises(Unhealthy, match=r"vendor/2\.6\.1\.tar\.gz has 5 bytes"):
        evidence.digest("vendor/2.6.1.tar.gz", 4)


def test_a_host_is_told_a_location_with_bucket_and_key(evidence: Evidence) -> None:
    assert evidence.location("a/b") == f"s3://{evidence.bucket}/a/b"


def test_deleting_a_folder_leaves_its_neighbors(evidence: Evidence) -> None:
    for key in ("releases/hpc-r1/run/a", "releases/hpc-r1/run/b", "releases/hpc-r10/run/a"):
        evidence.write(key, b"")
    evidence.delete_folder("releases/hpc-r1")
    assert not evidence.exists("releases/hpc-r1/run/a")
    assert not evidence.exists("releases/hpc-r1/run/b")
    assert evidence.exists("releases/hpc-r10/run/a")


def test_deleting_a_folder_that_is_not_there_does_nothing(evidence: Evidence) -> None:
    evidence.delete_folder("releases/hpc-r1/")


@pytest.mark.parametrize("prefix", ["", "/"])
def test_the_whole_bucket_is_no_folder(evidence: Evidence, prefix: str) -> None:
    evidence.write("vendor/2.6.1.tar.gz", b"")
    with pytest.raises(Conflict):
        evidence.delete_folder(prefix)
    assert evidence.exists("vendor/2.6.1.tar.gz")


def test_every_object_in_s3_is_encrypted_with_the_evidence_key(
    aws: boto3.Session, bucket: str
) -> None:
    S3Evidence(aws.client("s3"), bucket, KEY_ARN).write("runs/run-1/plan.json", b"{}")
    S3Evidence(aws.client("s3"), bucket, KEY_ARN).write_once("soca-installer-hpc-r2/a", b"")
    for key in ("runs/run-1/plan.json", "soca-installer-hpc-r2/a"):
        head = aws.client("s3").head_object(Bucket=bucket, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", KEY_ARN)


def test_a_folder_of_more_than_one_page_is_deleted_whole(
    aws: boto3.Session, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same folder is also listed whole."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    s3 = aws.client("s3")
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"soca-installer-hpc-r1/{number}", Body=b"")
    evidence = S3Evidence(s3, bucket, KEY_ARN)
    assert len(evidence.files("soca-installer-hpc-r1")) == 5
    evidence.delete_folder("soca-installer-hpc-r1")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("kind", ["aws"])
def test_an_object_that_nobody_of_ours_wrote_may_have_any_size(evidence, monkeypatch) -> None:
    monkeypatch.setattr(in_s3, "MOST_BYTES", 3)
    evidence.write("releases/hpc-r1/run-1/export.ldif.gz", b"four")
    with pytest.raises(Unhealthy, match=r"run-1/export\.ldif\.gz has 4 bytes, but the limit"):
        evidence.read("releases/hpc-r1/run-1/export.ldif.gz")
