"""AWS from moto, for tests that run against both the in-memory fake and the adapter of a port."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

BUCKET = "evidence"


@pytest.fixture(params=["memory", "aws"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    # moto's default AMIs cost a second in each test, and no test needs them.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield boto3.Session()


@pytest.fixture
def table(aws: boto3.Session) -> "Table":
    return aws.resource("dynamodb").create_table(
        TableName="releases",
        KeySchema=[
            {"AttributeName": "cluster", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "cluster", "AttributeType": "S"},
            {"AttributeName": "item", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def image(aws: boto3.Session) -> str:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}
    ec2 = aws.client("ec2")
    return ec2.register_image(Name="scheduler", BlockDeviceMappings=[disk])["ImageId"]


@pytest.fixture
def bucket(aws: boto3.Session) -> str:
    aws.client("s3").create_bucket(Bucket=BUCKET)
    return BUCKET


@pytest.fixture
def vpc(aws: boto3.Session) -> str:
    return aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
