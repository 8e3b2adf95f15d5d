"""One event starts an upgrade and one clears up after it; those that look like them do not."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from rehearsal.control_plane.hooks.events import input_for
from tests.templates import Template, every, resolved

MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:changeover-hpc-upgrade"
EXECUTION = "arn:aws:states:us-west-2:111122223333:execution:changeover-hpc-upgrade:run-1"
IMAGE_PREFIX = "arn:aws:imagebuilder:us-west-2:111122223333:image/hpc-scheduler/"


def image_event(**changes: Any) -> Template:
    """The event as AWS documents it."""
    return {
        "version": "0",
        "id": "0a1b2c3d",
        "detail-type": "EC2 Image Builder Image State Change",
        "source": "aws.imagebuilder",
        "account": "111122223333",
        "time": "2026-01-18T17:50:56Z",
        "region": "us-west-2",
        "resources": [f"{IMAGE_PREFIX}1.0.0/1"],
        "detail": {"previous-state": {"status": "TESTING"}, "state": {"status": "AVAILABLE"}},
        **changes,
    }


def rule(*, watching: bool) -> Template:
    properties = every("AWS::Events::Rule")["template/UpgradeStateMachineImageAvailable"]
    chosen = resolved(properties, {"WatchesImages": watching})
    text = json.dumps(chosen).replace('{"Ref": "ImageArnPrefix"}', json.dumps(IMAGE_PREFIX))
    found: Template = json.loads(text)
    return found


def starts_an_upgrade(event: Any, *, watching: bool = True) -> bool:
    pattern = EventPattern.load(json.dumps(rule(watching=watching)["EventPattern"]))
    return bool(pattern.matches_event(event))


def test_an_image_that_became_available_starts_an_upgrade() -> None:
    assert rule(watching=True)["State"] == "ENABLED"
    assert starts_an_upgrade(image_event())


@pytest.mark.parametrize(
    "event",
    [
        image_event(detail={"state": {"status": "FAILED"}}),
        image_event(detail={"state": {"status": "TESTING"}}),
        image_event(detail={"state": "AVAILABLE"}),
        image_event(
            detail={"previous-state": {"status": "AVAILABLE"}, "state": {"status": "CANCELLED"}}
        ),
        image_event(resources=["arn:aws:imagebuilder:us-west-2:111122223333:image/other/1.0.0/1"]),
        image_event(
            resources=["arn:aws:imagebuilder:us-west-2:111122223333:image/hpc-scheduler2/1.0.0/1"]
        ),
        image_event(source="aws.ec2"),
        image_event(**{"detail-type": "EC2 Image Builder Image Status Change"}),
        image_event(**{"detail-type": "EC2 Image Builder Pipeline Execution State Change"}),
        image_event(**{"detail-type": "EC2 Image Builder CVE Detected"}),
    ],
)
def test_no_other_event_does(event: Template) -> None:
    assert not starts_an_upgrade(event)


def test_without_a_prefix_the_rule_is_off_and_would_match_nothing() -> None:
    assert rule(watching=False)["State"] == "DISABLED"
    assert not starts_an_upgrade(image_event(), watching=False)


def test_the_event_hands_over_the_image_build_and_nothing_else() -> None:
    (target,) = rule(watching=True)["Targets"]
    assert target["InputTransformer"] == {
        "InputPathsMap": {"image": "$.resources[0]"},
        "InputTemplate": '{"image_build": <image>}',
    }


def ended_event(status: str, machine: str = MACHINE) -> Template:
    """The event as AWS documents it."""
    return {
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "resources": [EXECUTION],
        "detail": {
            "executionArn": EXECUTION,
            "stateMachineArn": machine,
            "name": "run-1",
            "status": status,
            "startDate": 1551225271984,
            "stopDate": None,
            "input": "{}",
            "output": None,
        },
    }


def is_cleared_up_after(event: Any) -> bool:
    properties = every("AWS::Events::Rule")["template/AbandonUpgradeFunctionExecutionEnded"]
    text = json.dumps(properties["EventPattern"])
    text = text.replace('{"Ref": "UpgradeStateMachine"}', json.dumps(MACHINE))
    return bool(EventPattern.load(text).matches_event(event))


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_ended_badly_is_cleared_up_after(status: str) -> None:
    assert is_cleared_up_after(ended_event(status))


@pytest.mark.parametrize(
    "event",
    [
        ended_event("RUNNING"),
        ended_event("SUCCEEDED"),
        ended_event("ABORTED", MACHINE.replace("hpc", "hpc-research")),
        ended_event("ABORTED") | {"source": "aws.batch"},
    ],
)
def test_no_other_execution_is(event: Template) -> None:
    assert not is_cleared_up_after(event)


def test_who_clears_up_is_told_which_execution_and_how_it_ended() -> None:
    rule = every("AWS::Events::Rule")["template/AbandonUpgradeFunctionExecutionEnded"]
    (target,) = rule["Targets"]
    values = {"execution": EXECUTION, "status": "ABORTED"}
    assert json.loads(input_for(target, ended_event("ABORTED"))) == values
    permission = every("AWS::Lambda::Permission")[
        "template/AbandonUpgradeFunctionExecutionEndedPermission"
    ]
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == arn_of("AbandonUpgradeFunctionExecutionEnded")


def arn_of(name: str) -> Template:
    return {"Fn::GetAtt": [name, "Arn"]}


def test_an_event_that_nobody_could_deal_with_is_kept() -> None:
    rules = every("AWS::Events::Rule")
    assert len(rules) == 2
    for properties in rules.values():
        (target,) = properties["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": arn_of("MissedEvents")}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 20
    (policy,) = every("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert len(sources) == len(rules)
    assert all(arn_of(name.removeprefix("template/")) in sources for name in rules)
    abandon = every("AWS::Lambda::Function")["template/AbandonUpgradeFunction"]
    assert abandon["DeadLetterConfig"] == {"TargetArn": arn_of("MissedEvents")}


def test_what_is_kept_is_told_by_mail() -> None:
    (alarm,) = every("AWS::CloudWatch::Alarm").values()
    (queue,) = alarm["Dimensions"]
    assert queue["Value"] == {"Fn::GetAtt": ["MissedEvents", "QueueName"]}
    assert (alarm["MetricName"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        *("ApproximateNumberOfMessagesVisible", "GreaterThanThreshold"),
        0,
    )
    assert alarm["AlarmActions"] == [{"Ref": "Topic"}]
    # An alarm may not use AWS's own key for topics.
    key = every("AWS::KMS::Key")["evidence/EvidenceKey"]
    assert {"Service": "cloudwatch.amazonaws.com"} in [
        statement["Principal"] for statement in key["KeyPolicy"]["Statement"]
    ]
