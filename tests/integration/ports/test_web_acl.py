"""The front door's web ACL, in memory and in AWS WAF."""

import boto3
import pytest

from changeover.adapters.web_acl import WafWebAcl
from changeover.ports.services import WebAcl
from tests.support.fakes import FakeWebAcl

DOOR = "arn:aws:elasticloadbalancing:us-east-1:123456789012:{}/app/changeover-hpc/50dc6c495c0c9188"
LISTENER = f"{DOOR.format('listener')}/f2f7dc8efc522ab2"


@pytest.fixture
def theirs(aws: boto3.Session) -> str:
    config = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False}
    made = aws.client("wafv2").create_web_acl(
        Name="hpc",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={**config, "MetricName": "hpc"},
    )
    return str(made["Summary"]["ARN"])


@pytest.fixture
def web_acl(kind: str, aws: boto3.Session, theirs: str) -> WebAcl:
    if kind == "memory":
        return FakeWebAcl(parameter=theirs)
    return WafWebAcl(aws.client("wafv2"), LISTENER, theirs)


def associate(web_acl: WebAcl, arn: str, aws: boto3.Session) -> None:
    if isinstance(web_acl, FakeWebAcl):
        web_acl.there = arn
    else:
        resource = DOOR.format("loadbalancer")
        aws.client("wafv2").associate_web_acl(WebACLArn=arn, ResourceArn=resource)


def test_a_front_door_has_no_web_acl_at_first(web_acl: WebAcl, theirs: str) -> None:
    assert (web_acl.wanted(), web_acl.associated()) == (theirs, "")


def test_the_web_acl_that_was_associated_is_known_by_its_arn(
    web_acl: WebAcl, theirs: str, aws: boto3.Session
) -> None:
    associate(web_acl, theirs, aws)
    assert web_acl.associated() == theirs
