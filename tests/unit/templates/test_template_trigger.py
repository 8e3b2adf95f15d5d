"""An execution that ended badly is cleared up after, and nothing that could not be done is lost."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from rehearsal.control_plane.hooks.events import input_for
from tests.support.templates import ROOT, Template, every, of_type, template

MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:changeover-hpc-upgrade"
EXECUTION = "arn:aws:states:us-west-2:111122223333:execution:changeover-hpc-upgrade:run-1"


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
    properties = every("AWS::Events::Rule")["events/UpgradeEnded"]
    text = json.dumps(properties["EventPattern"])
    text = text.replace('{"Ref": "UpgradeStateMachineArn"}', json.dumps(MACHINE))
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
    rule = every("AWS::Events::Rule")["events/UpgradeEnded"]
    (target,) = rule["Targets"]
    values = {"execution": EXECUTION, "status": "ABORTED"}
    assert json.loads(input_for(target, ended_event("ABORTED"))) == values


def arn_of(name: str) -> Template:
    return {"Fn::GetAtt": [name, "Arn"]}


def test_each_rule_may_invoke_its_function_and_no_other_rule_may() -> None:
    rules = every("AWS::Events::Rule")
    permissions = every("AWS::Lambda::Permission")
    assert rules
    for name, properties in rules.items():
        (target,) = properties["Targets"]
        permission = permissions[f"{name}Permission"]
        assert permission["Principal"] == "events.amazonaws.com"
        assert permission["FunctionName"] == target["Arn"], name
        assert permission["SourceArn"] == arn_of(name.removeprefix("events/"))


def test_an_event_that_nobody_could_deal_with_is_kept() -> None:
    rules = every("AWS::Events::Rule")
    for name, properties in rules.items():
        (target,) = properties["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": {"Ref": "MissedEventsArn"}}, name
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 20, name
    assert given_to_events()["MissedEventsArn"] == arn_of("MissedEvents")
    (policy,) = every("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    outputs = template(ROOT / "prerequisites/events.yaml")["Outputs"]
    sources = [
        outputs[source["Fn::GetAtt"][1].removeprefix("Outputs.")]["Value"]
        for source in statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    ]
    assert len(sources) == len(rules)
    assert all(arn_of(name.removeprefix("events/")) in sources for name in rules)


def given_to_events() -> Template:
    given: Template = of_type("AWS::Serverless::Application")["Events"]["Parameters"]
    return given


def test_what_a_function_got_and_could_not_do_is_kept_as_well() -> None:
    invoked = {
        given_to_events()[target["Arn"]["Ref"]]["Fn::GetAtt"][0]
        for properties in every("AWS::Events::Rule").values()
        for target in properties["Targets"]
    }
    assert invoked == {"AbortUpgradeFunction", "HandleImageEventFunction", "ReconcileFunction"}
    functions = every("AWS::Lambda::Function")
    for name in invoked:
        dead_letters = functions[f"template/{name}"]["DeadLetterConfig"]
        assert dead_letters == {"TargetArn": arn_of("MissedEvents")}, name


def test_what_is_kept_is_told_by_mail() -> None:
    alarm = every("AWS::CloudWatch::Alarm")["template/MissedEventsAlarm"]
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
