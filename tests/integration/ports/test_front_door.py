"""The front door, in memory and on an Application Load Balancer."""

import json

import boto3
import pytest

from changeover.adapters.front_door import ListenerFrontDoor
from changeover.adapters.listener_actions import NOTHING_TO_PREVIEW
from changeover.adapters.patience import Patience
from changeover.errors import Conflict, Unhealthy
from changeover.ports import FrontDoor
from tests.fakes import FakeFrontDoor

AT_ONCE = Patience(0, 0, 0.05)
CLOSED = {
    "Type": "fixed-response",
    "FixedResponseConfig": {
        "StatusCode": "503",
        "ContentType": "text/plain",
        "MessageBody": "Soon",
    },
}


@pytest.fixture
def listeners(aws: boto3.Session, vpc: str) -> list[str]:
    """The users' listener and the preview listener of one load balancer."""
    subnets = [
        aws.client("ec2").create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    elbv2 = aws.client("elbv2")
    load_balancer = elbv2.create_load_balancer(Name="changeover-hpc", Subnets=subnets)
    arn = load_balancer["LoadBalancers"][0]["LoadBalancerArn"]
    return [
        elbv2.create_listener(
            LoadBalancerArn=arn, Port=port, Protocol="HTTP", DefaultActions=[says]
        )["Listeners"][0]["ListenerArn"]
        for port, says in ((443, CLOSED), (8443, NOTHING_TO_PREVIEW))
    ]


@pytest.fixture
def on_aws(aws: boto3.Session, listeners: list[str], vpc: str) -> ListenerFrontDoor:
    return ListenerFrontDoor(aws.client("elbv2"), listeners[0], listeners[1], vpc, AT_ONCE)


@pytest.fixture
def front_door(kind: str, request: pytest.FixtureRequest) -> FrontDoor:
    return FakeFrontDoor() if kind == "memory" else request.getfixturevalue("on_aws")


@pytest.fixture
def running(aws: boto3.Session, image: str) -> str:
    started = aws.client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)
    return started["Instances"][0]["InstanceId"]


@pytest.fixture
def instance(kind: str, request: pytest.FixtureRequest) -> str:
    return "i-0123456789abcdef0" if kind == "memory" else request.getfixturevalue("running")


def test_at_first_nobody_is_forwarded_anywhere(front_door: FrontDoor) -> None:
    assert front_door.weights() == {}


def test_users_are_forwarded_by_weight(front_door: FrontDoor, instance: str) -> None:
    live = front_door.ensure_target_group("hpc-r1", instance)
    candidate = front_door.ensure_target_group("hpc-r2", instance)
    front_door.forward({live: 0, candidate: 100})
    assert front_door.weights() == {live: 0, candidate: 100}


def test_what_was_saved_is_restored_exactly(front_door: FrontDoor, instance: str) -> None:
    live = front_door.ensure_target_group("hpc-r1", instance)
    candidate = front_door.ensure_target_group("hpc-r2", instance)
    front_door.forward({live: 1})
    saved = front_door.actions()
    front_door.forward({live: 0, candidate: 1})
    assert front_door.actions() != saved
    front_door.restore(saved)
    assert front_door.actions() == saved
    assert front_door.weights() == {live: 1}


def test_the_closed_page_can_be_restored_too(front_door: FrontDoor, instance: str) -> None:
    saved = front_door.actions()
    front_door.forward({front_door.ensure_target_group("hpc-r1", instance): 1})
    front_door.restore(saved)
    assert front_door.actions() == saved
    assert front_door.weights() == {}


def test_a_release_has_one_target_group(front_door: FrontDoor, instance: str) -> None:
    first = front_door.ensure_target_group("hpc-r1", instance)
    assert front_door.ensure_target_group("hpc-r1", instance) == first
    assert front_door.ensure_target_group("hpc-r2", instance) != first


def test_a_previewed_release_is_health_checked(front_door: FrontDoor, instance: str) -> None:
    candidate = front_door.ensure_target_group("hpc-r2", instance)
    front_door.preview(candidate)
    assert front_door.health(candidate) == ("healthy", "")


def test_a_preview_moves_no_user(front_door: FrontDoor, instance: str) -> None:
    saved = front_door.actions()
    front_door.preview(front_door.ensure_target_group("hpc-r2", instance))
    front_door.preview(None)
    assert front_door.actions() == saved


def test_a_target_group_that_serves_users_stays(front_door: FrontDoor, instance: str) -> None:
    live = front_door.ensure_target_group("hpc-r1", instance)
    front_door.forward({live: 1})
    with pytest.raises(Conflict, match="hpc-r1"):
        front_door.remove_target_group("hpc-r1")
    assert front_door.ensure_target_group("hpc-r1", instance) == live


def test_a_target_group_is_removed_once_and_for_all(front_door: FrontDoor, instance: str) -> None:
    front_door.ensure_target_group("hpc-r2", instance)
    front_door.remove_target_group("hpc-r2")
    front_door.remove_target_group("hpc-r2")


def test_a_stopped_scheduler_is_no_target(
    aws: boto3.Session, on_aws: ListenerFrontDoor, running: str
) -> None:
    aws.client("ec2").stop_instances(InstanceIds=[running])
    with pytest.raises(Unhealthy, match=running):
        on_aws.ensure_target_group("hpc-r2", running)


def test_a_scheduler_that_was_replaced_is_a_target_no_more(
    aws: boto3.Session, on_aws: ListenerFrontDoor, running: str, image: str
) -> None:
    arn = on_aws.ensure_target_group("hpc-r2", running)
    started = aws.client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)
    successor = started["Instances"][0]["InstanceId"]
    assert on_aws.ensure_target_group("hpc-r2", successor) == arn
    found = aws.client("elbv2").describe_target_health(TargetGroupArn=arn)
    targets = found["TargetHealthDescriptions"]
    assert [target["Target"]["Id"] for target in targets] == [successor]


def test_the_target_group_is_checked_by_ping_over_https(
    aws: boto3.Session, on_aws: ListenerFrontDoor, running: str
) -> None:
    arn = on_aws.ensure_target_group("hpc-r2", running)
    elbv2 = aws.client("elbv2")
    group = elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    assert group["TargetGroupName"] == "changeover-hpc-r2"
    assert (group["Protocol"], group["Port"]) == ("HTTPS", 8443)
    assert (group["HealthCheckProtocol"], group["HealthCheckPath"]) == ("HTTPS", "/ping")
    assert group["Matcher"] == {"HttpCode": "200"}
    targets = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert [target["Target"] for target in targets] == [{"Id": running, "Port": 8443}]


def test_without_a_candidate_the_preview_listener_says_what_the_template_says(
    aws: boto3.Session, on_aws: ListenerFrontDoor, running: str, listeners: list[str]
) -> None:
    elbv2 = aws.client("elbv2")
    before = elbv2.describe_listeners(ListenerArns=listeners[1:])["Listeners"][0]["DefaultActions"]
    on_aws.preview(on_aws.ensure_target_group("hpc-r2", running))
    on_aws.preview(None)
    after = elbv2.describe_listeners(ListenerArns=listeners[1:])["Listeners"][0]["DefaultActions"]
    assert {**before[0], "Order": 1} == {**after[0], "Order": 1}


SIGN_INS = [
    {
        "Type": "authenticate-cognito",
        "AuthenticateCognitoConfig": {
            "UserPoolArn": "arn:aws:cognito-idp:us-east-1:111122223333:userpool/people",
            "UserPoolClientId": "client",
            "UserPoolDomain": "people",
            "OnUnauthenticatedRequest": "authenticate",
            "SessionTimeout": 28800,
        },
    },
    {
        "Type": "authenticate-oidc",
        "AuthenticateOidcConfig": {
            "Issuer": "https://login.example.com",
            "AuthorizationEndpoint": "https://login.example.com/authorize",
            "TokenEndpoint": "https://login.example.com/token",
            "UserInfoEndpoint": "https://login.example.com/userinfo",
            "ClientId": "hpc",
            "ClientSecret": "hush",
        },
    },
]
by_sign_in = pytest.mark.parametrize("sign_in", SIGN_INS, ids=lambda action: action["Type"])


def put_before(aws: boto3.Session, listener: str, sign_in: dict, last: dict) -> None:
    actions = [{**sign_in, "Order": 1}, {**last, "Order": 2}]
    aws.client("elbv2").modify_listener(ListenerArn=listener, DefaultActions=actions)


def told(aws: boto3.Session, listener: str) -> list[dict]:
    found = aws.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"][0]
    return found["DefaultActions"]


@by_sign_in
def test_a_sign_in_of_users_is_kept_by_every_move_and_by_the_way_back(
    aws: boto3.Session,
    on_aws: ListenerFrontDoor,
    running: str,
    listeners: list[str],
    sign_in: dict,
) -> None:
    put_before(aws, listeners[0], sign_in, CLOSED)
    live = on_aws.ensure_target_group("hpc-r1", running)
    candidate = on_aws.ensure_target_group("hpc-r2", running)
    on_aws.forward({live: 1})
    saved = on_aws.actions()
    assert "hush" not in saved
    kept, forward = json.loads(saved)
    assert (kept["Type"], forward["Type"]) == (sign_in["Type"], "forward")

    on_aws.forward({live: 0, candidate: 1})
    assert on_aws.weights() == {live: 0, candidate: 1}
    assert json.loads(on_aws.actions())[0] == kept

    on_aws.restore(saved)
    assert on_aws.actions() == saved
    assert on_aws.weights() == {live: 1}
    assert [action["Order"] for action in told(aws, listeners[0])] == [1, 2]


def test_the_pool_that_users_sign_in_with_stays_the_same(
    aws: boto3.Session, on_aws: ListenerFrontDoor, running: str, listeners: list[str]
) -> None:
    put_before(aws, listeners[0], SIGN_INS[0], CLOSED)
    before = told(aws, listeners[0])[0]["AuthenticateCognitoConfig"]
    on_aws.forward({on_aws.ensure_target_group("hpc-r1", running): 1})
    assert told(aws, listeners[0])[0]["AuthenticateCognitoConfig"] == before


@by_sign_in
def test_a_sign_in_before_the_preview_stays_with_and_without_a_candidate(
    aws: boto3.Session,
    on_aws: ListenerFrontDoor,
    running: str,
    listeners: list[str],
    sign_in: dict,
) -> None:
    put_before(aws, listeners[1], sign_in, NOTHING_TO_PREVIEW)
    on_aws.preview(on_aws.ensure_target_group("hpc-r2", running))
    shown = [action["Type"] for action in told(aws, listeners[1])]
    on_aws.preview(None)
    hidden = [action["Type"] for action in told(aws, listeners[1])]
    assert shown == [sign_in["Type"], "forward"]
    assert hidden == [sign_in["Type"], "fixed-response"]
