"""The existence of a secret, in memory and in Secrets Manager."""

import boto3
import pytest

from changeover.adapters.secrets import SecretsManagerSecrets
from changeover.ports.services import Secrets
from tests.support.fakes import FakeSecrets

PROBE = "changeover/hpc/probe"


@pytest.fixture
def on_aws(aws: boto3.Session) -> SecretsManagerSecrets:
    client = aws.client("secretsmanager")
    client.create_secret(Name=PROBE, SecretString="{}")
    return SecretsManagerSecrets(client)


@pytest.fixture
def secrets(kind: str, request: pytest.FixtureRequest) -> Secrets:
    return FakeSecrets({PROBE}) if kind == "memory" else request.getfixturevalue("on_aws")


def test_a_secret_is_there_or_not(secrets: Secrets) -> None:
    assert secrets.exists(PROBE)
    assert not secrets.exists("changeover/lab/probe")


def test_a_secret_that_waits_for_its_deletion_is_not_there(
    aws: boto3.Session, on_aws: SecretsManagerSecrets
) -> None:
    aws.client("secretsmanager").delete_secret(SecretId=PROBE)
    assert not on_aws.exists(PROBE)
