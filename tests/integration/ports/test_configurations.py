"""Configurations in Parameter Store. An error message names the field."""

import json

import boto3
import pytest

from changeover.adapters.configurations import SsmConfigurations
from changeover.cluster.configuration import ClusterConfiguration
from changeover.errors import Refused
from changeover.ports.services import Configurations
from tests.support.fakes import FakeConfigurations


@pytest.fixture
def on_aws(aws: boto3.Session) -> SsmConfigurations:
    configure(aws, {"cluster": "hpc"})
    return SsmConfigurations(aws.client("ssm"), "/changeover")


def configure(aws: boto3.Session, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    aws.client("ssm").put_parameter(
        Name="/changeover/hpc", Value=text, Type="String", Overwrite=True
    )


@pytest.fixture
def configurations(kind: str, request: pytest.FixtureRequest) -> Configurations:
    return FakeConfigurations() if kind == "memory" else request.getfixturevalue("on_aws")


def test_a_configuration_that_names_its_cluster_is_enough(configurations: Configurations) -> None:
    assert configurations.read("hpc") == ClusterConfiguration(cluster="hpc")


def test_a_cluster_that_nobody_configured_is_refused(configurations: Configurations) -> None:
    with pytest.raises(Refused, match="lab"):
        configurations.read("lab")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "Invalid JSON"),
        ([], "the input"),
        ({"cluster": "lab"}, "configures cluster lab"),
        ({"cluster": "hpc", "trafic": {}}, "trafic: Extra"),
        ({"cluster": "hpc", "traffic": {"bake_seconds": "long"}}, "traffic.bake_seconds: Input"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_and_says_where(
    aws: boto3.Session, on_aws: SsmConfigurations, content: object, complaint: str
) -> None:
    configure(aws, content)
    with pytest.raises(Refused) as refusal:
        on_aws.read("hpc")
    assert complaint in str(refusal.value)
    assert "/changeover/hpc" in str(refusal.value)
