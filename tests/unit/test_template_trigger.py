"""One event starts an upgrade, and the events that look like it do not."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.templates import Template, every, resolved

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
    (properties,) = every("AWS::Events::Rule").values()
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


def test_an_event_that_could_not_start_anything_is_kept() -> None:
    (target,) = rule(watching=True)["Targets"]
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["MissedImages", "Arn"]}}
    (policy,) = every("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
