"""A load balancer whose changes take time, from a stub, because moto's changes apply at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from botocore.stub import ANY, Stubber

from changeover.adapters.front_door import AlbFrontDoor, Place
from changeover.adapters.listener_actions import Action, forward_to, to_send
from changeover.adapters.listener_rules import EVERY_PATH
from changeover.adapters.polling import Polling
from changeover.errors import Conflict, Unhealthy

USERS, PREVIEW, RULE = "arn:users", "arn:preview", "arn:rule"
OLD, NEW = "arn:changeover-hpc-r1", "arn:changeover-hpc-r2"
BEFORE, AFTER = forward_to({OLD: 1}), forward_to({OLD: 0, NEW: 1})
ONE_LOOK, PATIENT = Polling(0, 0, 0), Polling(0, 0, 5)


@dataclass
class LoadBalancer:
    stubber: Stubber
    front_door: AlbFrontDoor
    patient: AlbFrontDoor

    def shows(self, *actions: Action) -> None:
        rule = {
            "RuleArn": RULE,
            "Priority": "50000",
            "IsDefault": False,
            "Conditions": EVERY_PATH,
            "Actions": to_send(actions),
        }
        self.stubber.add_response("describe_rules", {"Rules": [rule]}, {"ListenerArn": USERS})

    def takes(self, *actions: Action) -> None:
        tags = {"ResourceArn": RULE, "Tags": [{"Key": "changeover:rule", "Value": "users"}]}
        answer = {"TagDescriptions": [tags]}
        self.stubber.add_response("describe_tags", answer, {"ResourceArns": [RULE]})
        asked = {"RuleArn": RULE, "Conditions": EVERY_PATH, "Actions": to_send(actions)}
        self.stubber.add_response("modify_rule", {}, asked)

    def reports(self, *targets: tuple[str, str]) -> None:
        health = [{"TargetHealth": {"State": s, "Reason": r}} for s, r in targets]
        answer = {"TargetHealthDescriptions": health}
        self.stubber.add_response("describe_target_health", answer, {"TargetGroupArn": NEW})


@pytest.fixture
def load_balancer() -> Iterator[LoadBalancer]:
    client = boto3.client("elbv2")
    doors = (
        AlbFrontDoor(client, Place(USERS, PREVIEW, "vpc-1"), polling)
        for polling in (ONE_LOOK, PATIENT)
    )
    with Stubber(client) as stubber:
        yield LoadBalancer(stubber, *doors)
        stubber.assert_no_pending_responses()


def test_a_change_is_read_back_until_it_shows(load_balancer: LoadBalancer) -> None:
    load_balancer.shows(BEFORE)
    load_balancer.shows(BEFORE)
    load_balancer.takes(AFTER)
    for shown in (BEFORE, BEFORE, AFTER):
        load_balancer.shows(shown)
    load_balancer.patient.forward({OLD: 0, NEW: 1})


def test_a_change_that_never_shows_is_unhealthy(load_balancer: LoadBalancer) -> None:
    load_balancer.shows(BEFORE)
    load_balancer.shows(BEFORE)
    load_balancer.takes(AFTER)
    load_balancer.shows(BEFORE)
    load_balancer.shows(BEFORE)
    with pytest.raises(Unhealthy, match=USERS):
        load_balancer.front_door.forward({OLD: 0, NEW: 1})


def test_the_worst_target_speaks_for_the_group(load_balancer: LoadBalancer) -> None:
    load_balancer.reports(("healthy", ""), ("unhealthy", "Target.Timeout"), ("draining", ""))
    assert load_balancer.patient.health(NEW) == ("unhealthy", "Target.Timeout")


def test_a_state_that_nobody_knows_is_a_bad_one(load_balancer: LoadBalancer) -> None:
    load_balancer.reports(("healthy", ""), ("haunted", ""))
    assert load_balancer.patient.health(NEW) == ("haunted", "")


def test_the_first_verdict_is_waited_for(load_balancer: LoadBalancer) -> None:
    load_balancer.reports(("unused", "Target.NotInUse"))
    load_balancer.reports(("initial", "Elb.RegistrationInProgress"))
    load_balancer.reports(("initial", "Elb.InitialHealthChecking"))
    load_balancer.reports(("healthy", ""))
    assert load_balancer.patient.health(NEW) == ("healthy", "")


def test_a_verdict_that_never_comes_is_what_there_is(load_balancer: LoadBalancer) -> None:
    load_balancer.reports(("initial", "Elb.InitialHealthChecking"))
    assert load_balancer.front_door.health(NEW) == ("initial", "Elb.InitialHealthChecking")


def test_a_group_without_targets_is_unused(load_balancer: LoadBalancer) -> None:
    load_balancer.reports()
    assert load_balancer.patient.health(NEW) == ("unused", "no target is registered")


def in_use(load_balancer: LoadBalancer, times: int) -> None:
    group = {"TargetGroups": [{"TargetGroupArn": NEW}]}
    load_balancer.stubber.add_response("describe_target_groups", group, {"Names": ANY})
    for _ in range(times):
        load_balancer.stubber.add_client_error("delete_target_group", "ResourceInUse")


def test_a_listener_may_let_go_of_a_target_group_a_moment_late(load_balancer: LoadBalancer) -> None:
    in_use(load_balancer, times=2)
    load_balancer.stubber.add_response("delete_target_group", {}, {"TargetGroupArn": NEW})
    load_balancer.patient.remove_target_group("hpc-r2")


def test_a_target_group_that_stays_in_use_stays(load_balancer: LoadBalancer) -> None:
    in_use(load_balancer, times=1)
    with pytest.raises(Conflict, match=NEW):
        load_balancer.front_door.remove_target_group("hpc-r2")
