"""The front door, in memory and on an Application Load Balancer."""

import json
from typing import Any

import boto3
import pytest

from changeover.adapters.front_door import AlbFrontDoor, Place
from changeover.adapters.listener_actions import NOTHING_TO_PREVIEW
from changeover.adapters.polling import Polling
from changeover.errors import Conflict, Unhealthy
from changeover.ports.services import FrontDoor
from tests.support.fakes import FakeFrontDoor

AT_ONCE = Polling(0, 0, 0.05)
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
def on_aws(aws: boto3.Session, listeners: list[str], vpc: str) -> AlbFrontDoor:
    place = Place(listeners[0], listeners[1], vpc, "hpc.example.com")
    return AlbFrontDoor(aws.client("elbv2"), place, AT_ONCE)


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
    assert front_door.serving() == {candidate}


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


def test_a_rule_that_was_deleted_is_restored_too(front_door: FrontDoor, instance: str) -> None:
    live = front_door.ensure_target_group("hpc-r1", instance)
    front_door.forward({live: 1})
    saved = front_door.actions()
    delete_rule(front_door)
    assert (json.loads(front_door.actions()), front_door.weights()) == ([], {})
    front_door.restore(saved)
    assert (front_door.actions(), front_door.weights()) == (saved, {live: 1})


def delete_rule(front_door: FrontDoor) -> None:
    if isinstance(front_door, FakeFrontDoor):
        front_door.rule = None
        return
    elbv2 = boto3.client("elbv2")
    for rule in rules_of(elbv2, front_door._listener):  # type: ignore[attr-defined]
        elbv2.delete_rule(RuleArn=rule["RuleArn"])


def test_without_a_rule_nothing_is_taken_over_from_a_closed_page(front_door: FrontDoor) -> None:
    front_door.take_over()
    assert json.loads(front_door.actions()) == []
    assert front_door.default_weights() == {}


def test_the_rule_takes_over_what_the_default_action_does(
    front_door: FrontDoor, instance: str
) -> None:
    live, old = (front_door.ensure_target_group(f"hpc-r{n}", instance) for n in (2, 1))
    as_0_1_0_did(front_door, {live: 100, old: 0})
    assert (front_door.weights(), front_door.default_weights()) == ({}, {live: 100, old: 0})
    front_door.take_over()
    assert front_door.weights() == front_door.default_weights()
    front_door.forward({live: 0, old: 100})
    front_door.take_over()
    assert front_door.weights() == {live: 0, old: 100}


def as_0_1_0_did(front_door: FrontDoor, weights: dict[str, int]) -> None:
    if isinstance(front_door, FakeFrontDoor):
        front_door.default_actions = [{"Type": "forward", "Weights": weights}]
        return
    forward_by_default(boto3.client("elbv2"), front_door._listener, weights)  # type: ignore[attr-defined]


def test_a_rule_made_by_hand_as_the_upgrade_notes_have_it_is_ours(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    elbv2 = aws.client("elbv2")
    live, old = (on_aws.ensure_target_group(f"hpc-r{n}", running) for n in (2, 1))
    forward_by_default(elbv2, listeners[0], {live: 100, old: 0})
    elbv2.create_rule(
        ListenerArn=listeners[0],
        Priority=50_000,
        Tags=[{"Key": "changeover:rule", "Value": "users"}],
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=default_of(aws, listeners[0]),
    )
    before = rules_of(elbv2, listeners[0])
    on_aws.take_over()
    assert rules_of(elbv2, listeners[0]) == before
    assert on_aws.weights() == {live: 100, old: 0}
    assert on_aws.serving() == {live}
    on_aws.forward({live: 1})
    assert on_aws.weights() == {live: 1}


def forward_by_default(elbv2: Any, listener: str, weights: dict[str, int]) -> None:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    elbv2.modify_listener(ListenerArn=listener, DefaultActions=[action])


def rules_of(elbv2: Any, listener: str) -> list[dict]:
    found = elbv2.describe_rules(ListenerArn=listener)["Rules"]
    return [rule for rule in found if not rule["IsDefault"]]


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
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str
) -> None:
    aws.client("ec2").stop_instances(InstanceIds=[running])
    with pytest.raises(Unhealthy, match=running):
        on_aws.ensure_target_group("hpc-r2", running)


def test_a_scheduler_that_was_replaced_is_a_target_no_more(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, image: str
) -> None:
    arn = on_aws.ensure_target_group("hpc-r2", running)
    started = aws.client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)
    successor = started["Instances"][0]["InstanceId"]
    assert on_aws.ensure_target_group("hpc-r2", successor) == arn
    found = aws.client("elbv2").describe_target_health(TargetGroupArn=arn)
    targets = found["TargetHealthDescriptions"]
    assert [target["Target"]["Id"] for target in targets] == [successor]


def test_the_target_group_is_checked_by_ping_over_https(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str
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


def test_without_a_candidate_the_preview_says_what_the_template_says(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    on_aws.preview(on_aws.ensure_target_group("hpc-r2", running))
    on_aws.preview(None)
    (action,) = told(aws, listeners[1])
    assert action == {**NOTHING_TO_PREVIEW, "Order": 1}


def test_the_rule_that_keeps_users_cookies_from_a_candidate_hides_no_preview(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    """The rule in prerequisites/front-door.yaml: under the users' name, the preview redirects."""
    redirect = {"Type": "redirect", "RedirectConfig": {"Port": "8443", "StatusCode": "HTTP_302"}}
    aws.client("elbv2").create_rule(
        ListenerArn=listeners[1],
        Priority=1,
        Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": ["hpc.example.com"]}}],
        Actions=[redirect],
    )
    candidate = on_aws.ensure_target_group("hpc-r2", running)
    on_aws.preview(candidate)
    assert on_aws.health(candidate) == ("healthy", "")


def test_each_listener_gets_one_rule_however_often_it_is_changed(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    elbv2, live = aws.client("elbv2"), on_aws.ensure_target_group("hpc-r1", running)
    for _ in range(2):
        on_aws.take_over()
        on_aws.forward({live: 1})
        on_aws.preview(live)
        on_aws.preview(None)
    for listener, name in zip(listeners, ("users", "preview"), strict=True):
        (rule,) = rules_of(elbv2, listener)
        assert (rule["Priority"], rule["Conditions"][0]["Field"]) == ("50000", "path-pattern")
        tags = elbv2.describe_tags(ResourceArns=[rule["RuleArn"]])["TagDescriptions"][0]["Tags"]
        assert tags == [{"Key": "changeover:rule", "Value": name}]


def test_no_stack_update_of_the_listener_moves_users(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    """CloudFormation sends the whole listener: default action, tags, TLS policy and certificate."""
    elbv2 = aws.client("elbv2")
    live, candidate = (on_aws.ensure_target_group(f"hpc-r{n}", running) for n in (1, 2))
    forward_by_default(elbv2, listeners[0], {live: 1})
    on_aws.take_over()
    on_aws.preview(candidate)
    for listener in listeners:
        elbv2.modify_listener(ListenerArn=listener, DefaultActions=[CLOSED])
        elbv2.add_tags(ResourceArns=[listener], Tags=[{"Key": "commit", "Value": "dfe1483"}])
    assert on_aws.weights() == {live: 1}
    assert on_aws.default_weights() == {}
    assert told(aws, listeners[1])[-1]["Type"] == "forward"
    on_aws.forward({live: 0, candidate: 1})
    assert on_aws.weights() == {live: 0, candidate: 1}


@pytest.mark.parametrize(
    "conditions",
    [
        [{"Field": "path-pattern", "Values": ["/*"]}],
        [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}],
        [{"Field": "host-header", "HostHeaderConfig": {"Values": ["HPC.example.com"]}}],
        [{"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}}],
        [{"Field": "source-ip", "SourceIpConfig": {"Values": ["0.0.0.0/0"]}}],
    ],
)
def test_a_rule_that_takes_every_user_before_ours_is_noticed(
    aws: boto3.Session,
    on_aws: AlbFrontDoor,
    running: str,
    listeners: list[str],
    conditions: list[dict],
) -> None:
    live = on_aws.ensure_target_group("hpc-r1", running)
    on_aws.forward({live: 1})
    aws.client("elbv2").create_rule(
        ListenerArn=listeners[0], Priority=10, Conditions=conditions, Actions=[CLOSED]
    )
    assert on_aws.weights() == {}
    with pytest.raises(Unhealthy, match="look for another rule before it"):
        on_aws.forward({live: 1})


@pytest.mark.parametrize(
    "conditions",
    [
        [{"Field": "path-pattern", "Values": ["/changeover/*"]}],
        [{"Field": "host-header", "HostHeaderConfig": {"Values": ["docs.example.com"]}}],
        [{"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["TRACE"]}}],
        [
            {"Field": "path-pattern", "Values": ["/*"]},
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}},
        ],
    ],
)
def test_a_rule_for_some_requests_is_the_sites_own_business(
    aws: boto3.Session,
    on_aws: AlbFrontDoor,
    running: str,
    listeners: list[str],
    conditions: list[dict],
) -> None:
    live = on_aws.ensure_target_group("hpc-r1", running)
    aws.client("elbv2").create_rule(
        ListenerArn=listeners[0], Priority=10, Conditions=conditions, Actions=[CLOSED]
    )
    on_aws.forward({live: 1})
    assert on_aws.weights() == {live: 1}
    assert len(rules_of(aws.client("elbv2"), listeners[0])) == 2


def test_a_rule_whose_condition_somebody_narrowed_is_missing_and_is_put_right(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    live = on_aws.ensure_target_group("hpc-r1", running)
    on_aws.forward({live: 1})
    elbv2 = aws.client("elbv2")
    (rule,) = rules_of(elbv2, listeners[0])
    narrow = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/some/*"]}}]
    elbv2.modify_rule(RuleArn=rule["RuleArn"], Conditions=narrow)
    assert on_aws.weights() == {}
    on_aws.forward({live: 1})
    assert on_aws.weights() == {live: 1}


def test_a_rule_of_somebody_else_at_our_priority_is_left_alone(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    elbv2 = aws.client("elbv2")
    elbv2.create_rule(
        ListenerArn=listeners[0],
        Priority=50_000,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
        Actions=[CLOSED],
    )
    before = rules_of(elbv2, listeners[0])
    with pytest.raises(Conflict, match="not its tag changeover:rule=users"):
        on_aws.forward({on_aws.ensure_target_group("hpc-r1", running): 1})
    assert rules_of(elbv2, listeners[0]) == before


def test_a_rule_is_found_however_many_there_are(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    elbv2, live = aws.client("elbv2"), on_aws.ensure_target_group("hpc-r1", running)
    on_aws.forward({live: 1})
    for number in range(1, 99):  # a load balancer takes a hundred
        condition = {"Field": "path-pattern", "Values": [f"/{number}/*"]}
        elbv2.create_rule(
            ListenerArn=listeners[0], Priority=number, Conditions=[condition], Actions=[CLOSED]
        )
    on_aws.forward({live: 1})
    assert on_aws.weights() == {live: 1}


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
    """Return the actions of our rule."""
    (rule,) = rules_of(aws.client("elbv2"), listener)
    return rule["Actions"]


def default_of(aws: boto3.Session, listener: str) -> list[dict]:
    found = aws.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"][0]
    return found["DefaultActions"]


def put_into_the_rule(aws: boto3.Session, listener: str, sign_in: dict) -> None:
    """Put a sign-in before our rule, as a site does that knows its client secret."""
    elbv2 = aws.client("elbv2")
    (rule,) = rules_of(elbv2, listener)
    actions = [{**sign_in, "Order": 1}, {**rule["Actions"][-1], "Order": 2}]
    elbv2.modify_rule(RuleArn=rule["RuleArn"], Actions=actions)


@by_sign_in
def test_a_sign_in_of_users_is_kept_by_every_move_and_by_the_way_back(
    aws: boto3.Session,
    on_aws: AlbFrontDoor,
    running: str,
    listeners: list[str],
    sign_in: dict,
) -> None:
    live = on_aws.ensure_target_group("hpc-r1", running)
    candidate = on_aws.ensure_target_group("hpc-r2", running)
    on_aws.forward({live: 1})
    put_into_the_rule(aws, listeners[0], sign_in)
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
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    put_before(aws, listeners[0], SIGN_INS[0], CLOSED)
    before = default_of(aws, listeners[0])[0]["AuthenticateCognitoConfig"]
    on_aws.forward({on_aws.ensure_target_group("hpc-r1", running): 1})
    assert told(aws, listeners[0])[0]["AuthenticateCognitoConfig"] == before


@by_sign_in
def test_a_sign_in_before_the_preview_stays_with_and_without_a_candidate(
    aws: boto3.Session,
    on_aws: AlbFrontDoor,
    running: str,
    listeners: list[str],
    sign_in: dict,
) -> None:
    on_aws.preview(None)
    put_into_the_rule(aws, listeners[1], sign_in)
    on_aws.preview(on_aws.ensure_target_group("hpc-r2", running))
    shown = [action["Type"] for action in told(aws, listeners[1])]
    on_aws.preview(None)
    hidden = [action["Type"] for action in told(aws, listeners[1])]
    assert shown == [sign_in["Type"], "forward"]
    assert hidden == [sign_in["Type"], "fixed-response"]


def test_an_openid_sign_in_of_0_1_0_needs_a_person_for_its_secret(
    aws: boto3.Session, on_aws: AlbFrontDoor, running: str, listeners: list[str]
) -> None:
    """AWS never returns a client secret, and a rule cannot be created without it."""
    live = on_aws.ensure_target_group("hpc-r1", running)
    action = {"Type": "forward", "TargetGroupArn": live}
    put_before(aws, listeners[0], SIGN_INS[1], action)
    with pytest.raises(Conflict, match="create the rule with priority 50000 by hand"):
        on_aws.take_over()
    assert on_aws.default_weights() == {live: 1}
    assert rules_of(aws.client("elbv2"), listeners[0]) == []
    aws.client("elbv2").create_rule(
        ListenerArn=listeners[0],
        Priority=50_000,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{**SIGN_INS[1], "Order": 1}, {**action, "Order": 2}],
        Tags=[{"Key": "changeover:rule", "Value": "users"}],
    )
    on_aws.take_over()
    on_aws.forward({live: 1})
    assert [each["Type"] for each in told(aws, listeners[0])] == ["authenticate-oidc", "forward"]
