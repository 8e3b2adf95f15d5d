"""Each event is heard by its one rule, and what looks like it by none."""

import copy
import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from changeover.images.events import ImageEvent
from rehearsal.control_plane.hooks.events import input_for
from tests.support.template_choices import Choice
from tests.support.templates import ROOT, Template, every, resolved

REFRESHES = "arn:aws:states:us-east-1:111122223333:stateMachine:changeover-hpc-refresh-image"
UPGRADES = "arn:aws:states:us-east-1:111122223333:stateMachine:changeover-hpc-upgrade"
BUILDS = "arn:aws:imagebuilder:us-east-1:111122223333:image/hpc-scheduler/"
PIPELINE = "arn:aws:imagebuilder:us-east-1:111122223333:image-pipeline/hpc-scheduler"
DESKTOPS = BUILDS.replace("scheduler", "desktop")
DESKTOP_PIPELINE = PIPELINE.replace("scheduler", "desktop")
STANDS_FOR = {
    '{"Ref": "SchedulerImageArnPrefix"}': BUILDS,
    '{"Ref": "SchedulerPipelineArn"}': PIPELINE,
    '{"Ref": "DesktopImageArnPrefix"}': DESKTOPS,
    '{"Ref": "DesktopPipelineArn"}': DESKTOP_PIPELINE,
    '{"Ref": "RefreshImageStateMachineArn"}': REFRESHES,
    '{"Ref": "UpgradeStateMachineArn"}': UPGRADES,
}
BUILD = f"{BUILDS}1.0.0/1"


def of_pipeline(output: str) -> Template:
    return {"Fn::GetAtt": ["ImagePipeline", f"Outputs.{output}"]}


# Which rule hears an event, and what the function is told.
HEARD: dict[str, tuple[str, Template]] = {
    "image_available": (
        "ImageStateChanged",
        {"kind": "image", "subject": BUILD, "state": "AVAILABLE"},
    ),
    "image_failed": (
        "ImageStateChanged",
        {"kind": "image", "subject": BUILD, "state": "FAILED"},
    ),
    "vulnerabilities_found": (
        "VulnerabilitiesFound",
        {
            "kind": "vulnerabilities",
            "subject": BUILD,
            "state": {"all": 9, "critical": 1, "high": 3, "medium": 5},
        },
    ),
    "pipeline_disabled": (
        "PipelineDisabled",
        {"kind": "pipeline-disabled", "subject": PIPELINE, "state": "5"},
    ),
    "image_withdrawn": (
        "ImageWithdrawn",
        {"kind": "ami", "subject": "ami-0123456789abcdef0", "state": "deregistered"},
    ),
    "refresh_ended": (
        "RefreshEnded",
        {
            "kind": "refresh-ended",
            "subject": REFRESHES.replace("stateMachine", "execution") + ":hpc-scheduler-1.0.0-1",
            "state": "TIMED_OUT",
        },
    ),
}


def rules(
    *, builds: bool = True, desktops: bool = True, watches: bool = True
) -> dict[str, Template]:
    """Those that listen to events and not to the clock, with what they refer to put in."""
    conditions = {
        "BuildsImages": builds,
        "BuildsDesktops": builds and desktops,
        "WatchesImages": watches,
    }
    found = {}
    for name, properties in every("AWS::Events::Rule").items():
        text = json.dumps(resolved(properties, conditions))
        for reference, meaning in STANDS_FOR.items():
            text = text.replace(reference, json.dumps(meaning))
        if "EventPattern" in properties:
            found[name.removeprefix("events/")] = json.loads(text)
    return found


def hearing(event: Template, **given: bool) -> list[str]:
    return [
        name
        for name, rule in rules(**given).items()
        if rule.get("State", "ENABLED") == "ENABLED"
        and EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)
    ]


def event(name: str, **changes: Any) -> Template:
    kept: Template = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return copy.deepcopy(kept) | changes


@pytest.mark.parametrize("name", HEARD)
def test_an_event_is_heard_by_its_one_rule(name: str) -> None:
    assert hearing(event(name)) == [HEARD[name][0]]


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("image_failed", f"{DESKTOPS}1.0.0/1"),
        ("pipeline_disabled", DESKTOP_PIPELINE),
    ],
)
def test_what_happens_to_desktops_is_heard_too_where_they_are_built(
    name: str, resource: str
) -> None:
    about_desktops = event(name, resources=[resource])
    assert hearing(about_desktops) == [HEARD[name][0]]
    assert hearing(about_desktops, desktops=False) == []
    assert hearing(about_desktops, builds=False) == []


@pytest.mark.parametrize("name", HEARD)
def test_its_function_is_told_what_it_is_about_and_nothing_else(name: str) -> None:
    rule, told = HEARD[name]
    (target,) = rules()[rule]["Targets"]
    given = json.loads(input_for(target, event(name)))
    assert given == told
    ImageEvent.model_validate(given)


@pytest.mark.parametrize("name", HEARD)
def test_an_event_of_a_megabyte_is_told_in_as_few_words(name: str) -> None:
    large = event(name)
    large["detail"]["output"] = "x" * 1_000_000
    (target,) = rules()[HEARD[name][0]]["Targets"]
    assert len(input_for(target, large)) < 1_000


STRANGE = {
    "a build that is under way": event("image_available", detail={"state": {"status": "TESTING"}}),
    "a build that was available before": event(
        "image_available",
        detail={"previous-state": {"status": "AVAILABLE"}, "state": {"status": "CANCELLED"}},
    ),
    "a status that nobody knows": event("image_available", detail={"state": {"status": "READY"}}),
    "no status": event("image_available", detail={}),
    "a state that is a word": event("image_available", detail={"state": "AVAILABLE"}),
    "another recipe": event("image_available", resources=[BUILD.replace("scheduler", "login")]),
    "a recipe of a longer name": event(
        "image_available", resources=[BUILD.replace("scheduler", "scheduler2")]
    ),
    "another account": event("image_available", resources=[BUILD.replace("1111", "9999")]),
    "another region": event("image_available", resources=[BUILD.replace("us-east", "eu-west")]),
    "no resource": event("image_available", resources=[]),
    "another service": event("image_available", source="aws.ec2"),
    "a name that was never an event's": event(
        "image_available", **{"detail-type": "EC2 Image Builder Image Status Change"}
    ),
    "a pipeline that runs": event(
        "image_available",
        **{"detail-type": "EC2 Image Builder Pipeline Execution State Change"},
    ),
    "vulnerabilities elsewhere": event(
        "vulnerabilities_found", resources=[BUILD.replace("scheduler", "desktop")]
    ),
    "another pipeline": event("pipeline_disabled", resources=[f"{PIPELINE}-2"]),
    "an image that came": event(
        "image_withdrawn", detail={"ImageId": "ami-0123456789abcdef0", "State": "available"}
    ),
    "a machine of another cluster": event(
        "refresh_ended",
        detail={"stateMachineArn": REFRESHES.replace("hpc", "hpc-research"), "status": "FAILED"},
    ),
    "a refresh that went well": event(
        "refresh_ended", detail={"stateMachineArn": REFRESHES, "status": "SUCCEEDED"}
    ),
    "a refresh that runs": event(
        "refresh_ended", detail={"stateMachineArn": REFRESHES, "status": "RUNNING"}
    ),
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_what_looks_like_it_is_heard_by_nobody(strange: Template) -> None:
    assert hearing(strange) == []


# Seen in public repositories: none of them ever matches.
WRONG: dict[str, Template] = {
    "an event of that name does not exist": {
        "source": ["aws.imagebuilder"],
        "detail-type": ["EC2 Image Builder Pipeline Execution State Change"],
    },
    "nor one of that": {
        "source": ["aws.imagebuilder"],
        "detail-type": ["EC2 Image Builder Image Status Change"],
    },
    "the status is one level deeper": {
        "source": ["aws.imagebuilder"],
        "detail": {"state": ["AVAILABLE"]},
    },
}


@pytest.mark.parametrize("pattern", WRONG.values(), ids=WRONG.keys())
def test_the_usual_mistakes_hear_nothing(pattern: Template) -> None:
    heard = EventPattern.load(json.dumps(pattern))
    assert not heard.matches_event(event("image_available"))
    assert pattern not in [rule["EventPattern"] for rule in rules().values()]


ABOUT_IMAGES = ("image_available", "image_failed", "vulnerabilities_found")


@pytest.mark.parametrize("name", ABOUT_IMAGES)
def test_images_of_somebody_elses_pipeline_are_watched_too(name: str) -> None:
    assert hearing(event(name), builds=False) == [HEARD[name][0]]


@pytest.mark.parametrize("name", [*ABOUT_IMAGES, "pipeline_disabled"])
def test_where_no_images_are_watched_the_rules_are_off_and_would_match_nothing(name: str) -> None:
    assert hearing(event(name), builds=False, watches=False) == []
    rule = rules(builds=False, watches=False)[HEARD[name][0]]
    assert rule["State"] == "DISABLED"
    assert not EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event(name))


def test_what_was_missed_is_looked_for_each_hour() -> None:
    rule = every("AWS::Events::Rule")["events/Hourly"]
    (target,) = rule["Targets"]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    assert json.loads(target["Input"]) == {}


WATCHED = ("SchedulerImageArnPrefix", "SchedulerPipelineArn")
DESKTOP = ("DesktopImageArnPrefix", "DesktopPipelineArn")


@pytest.mark.parametrize(
    ("chosen", "given"),
    [
        ({}, dict.fromkeys((*WATCHED, *DESKTOP), "")),
        (
            {"ImageArnPrefix": BUILDS},
            dict.fromkeys((*WATCHED, *DESKTOP), "") | {"SchedulerImageArnPrefix": BUILDS},
        ),
        (
            {"ImagePipelineSubnet": "subnet-0", "DesktopImages": "false"},
            {name: of_pipeline(name) for name in WATCHED} | dict.fromkeys(DESKTOP, ""),
        ),
        (
            {"ImagePipelineSubnet": "subnet-0", "ImageArnPrefix": BUILDS},
            {name: of_pipeline(name) for name in (*WATCHED, *DESKTOP)},
        ),
    ],
)
def test_the_app_says_which_images_are_watched(
    chosen: dict[str, str], given: dict[str, Any]
) -> None:
    stacks = Choice(ROOT / "template.yaml", **chosen).of_type("AWS::CloudFormation::Stack")
    parameters = stacks["Events"]["Parameters"]
    assert {name: parameters[name] for name in given} == given
