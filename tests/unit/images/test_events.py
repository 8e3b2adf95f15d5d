"""What an event means, if anything: it comes at most to one thing, and is never a failure."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover import runtime
from changeover.errors import Transient
from changeover.images.event_result import Decision, EventResult
from changeover.images.events import ImageEvent, handle_image_event
from changeover.ports.services import Services
from changeover.ports.values import ImageBuild
from changeover.runtime import Handler
from tests.support.fakes import FakeServices
from tests.support.image_pipeline import (
    PIPELINE,
    PREFIX,
    REFRESH,
    Pipeline,
    ami,
    build,
    good_build,
    settings,
)
from tests.support.run import Run
from tests.support.world import IMAGE

NAME = "hpc-scheduler-1.0.0-1"
KINDS = ("image", "vulnerabilities", "pipeline-disabled", "ami", "refresh-ended")
MEGABYTE = "x" * 1_000_000
BAD = {"all": 1, "critical": 1, "high": 0, "medium": 0}


# Images


def test_a_new_image_is_looked_at_and_starts_an_upgrade() -> None:
    world = Pipeline()
    result = world.event("image", world.has_built(1), "AVAILABLE")
    assert result == EventResult(decision=Decision.STARTED, why=f"{build(1)} is being checked")
    assert world.refreshes() == [""]
    assert world.upgrades == [NAME]


def test_the_same_event_ten_times_starts_one_upgrade() -> None:
    world = Pipeline()
    world.has_built(1)
    decisions = [world.event("image", build(1), "AVAILABLE").decision for _ in range(10)]
    assert decisions == [Decision.STARTED, *[Decision.DUPLICATE] * 9]
    world.refreshes()
    world.refreshes()
    assert (world.looked_at, world.upgrades) == ([NAME], [NAME])


def test_events_in_any_order_end_with_the_newest_image_next_and_one_upgrade() -> None:
    world = Pipeline()
    for number in (1, 2):
        world.has_built(number)
    for state in ("DISTRIBUTING", "AVAILABLE", "BUILDING", "AVAILABLE", "TESTING"):
        for number in (2, 1):
            world.event("image", build(number), state)
    assert [why.count("is older than") for why in world.refreshes()] == [0, 1]
    assert world.pointers["next"] == ami(2)
    assert world.upgrades == ["hpc-scheduler-1.0.0-2"]


def test_event_reconcile_and_a_person_together_start_one_upgrade() -> None:
    world = Pipeline()
    world.event("image", world.has_built(1), "AVAILABLE")
    world.reconcile()
    run = Run(world, "by-hand", image=ami(1))
    world.refreshes()
    world.reconcile()
    run.discard_candidate()
    run.close_upgrade("rejected", "Refused", "Not today.")
    world.reconcile()
    world.event("image", build(1), "AVAILABLE")
    assert (world.looked_at, world.upgrades) == ([NAME], [])


@pytest.mark.parametrize(
    ("subject", "state", "decision", "why"),
    [
        (f"{PREFIX}1.0.0/9", "AVAILABLE", Decision.REFUSED, "there is no image build"),
        (
            build(1).replace("hpc-", "lab-"),
            "AVAILABLE",
            Decision.IGNORED,
            "not an image of this cluster",
        ),
        (
            build(1).replace("1111", "9999"),
            "AVAILABLE",
            Decision.IGNORED,
            "not an image of this cluster",
        ),
        (
            build(1).replace("us-east", "eu-west"),
            "AVAILABLE",
            Decision.IGNORED,
            "not an image of this cluster",
        ),
        (None, "AVAILABLE", Decision.IGNORED, "None is not an image of this cluster"),
        (PREFIX + MEGABYTE, "AVAILABLE", Decision.IGNORED, "xxx… is not an image of this cluster"),
        (build(1), "BUILDING", Decision.IGNORED, "is BUILDING: no action"),
        (build(1), "available", Decision.IGNORED, "is available: no action"),
        (build(1), None, Decision.IGNORED, "is None: no action"),
        (build(1), {"status": "AVAILABLE"}, Decision.IGNORED, "no action"),
        (build(1), MEGABYTE, Decision.IGNORED, "xxx…: no action"),
    ],
    ids=range(11),
)
def test_what_is_not_a_good_image_of_ours_starts_nothing_and_says_why(
    subject: Any, state: Any, decision: Decision, why: str
) -> None:
    world = Pipeline()
    world.has_built(1)
    result = world.event("image", subject, state)
    assert result.decision is decision
    assert why in result.why
    assert len(result.why) < 1_000
    assert (world.looked_at, world.mails) == ([], [])


def test_an_image_that_live_runs_on_already_starts_nothing() -> None:
    world = Pipeline()
    world.event("image", world.has_built(1, image=IMAGE), "AVAILABLE")
    assert world.looked_at == []


def test_an_image_in_another_region_only_is_refused() -> None:
    world = Pipeline()
    result = world.event("image", world.has_built(1, image=None), "AVAILABLE")
    assert result.decision is Decision.REFUSED
    assert f"{build(1)} has no AMI in this region" in result.why
    assert world.looked_at == []


def test_without_a_prefix_no_image_is_ours() -> None:
    world = Pipeline(prefix=None)
    assert world.event("image", world.has_built(1), "AVAILABLE").why.endswith("(no prefix)")


def test_a_build_that_failed_is_told_once_with_its_reason() -> None:
    world = Pipeline()
    world.has_built(1, status="FAILED", reason="No room.")
    decisions = [world.event("image", build(1), "FAILED").decision for _ in range(3)]
    assert decisions == [Decision.TOLD, Decision.DUPLICATE, Decision.DUPLICATE]
    assert world.subjects == ["hpc: an image could not be built"]
    assert "has FAILED: No room." in world.mails[0][1]


def aws_loses(world: Pipeline, lost: str) -> EventResult:
    world.images.builds[lost] = ImageBuild(lost, "FAILED", "Internal service error", lost=True)
    return world.event("image", lost, "FAILED")


def test_of_a_build_that_is_started_once_more_nobody_hears_until_the_second_has_ended() -> None:
    world = Pipeline()
    first = world.begins("by-hand", {})
    assert aws_loses(world, first.image_build) == EventResult(
        decision=Decision.IGNORED,
        why=f"AWS lost {first.image_build}; its execution starts it once more",
    )
    assert world.mails == []
    second = world.looks_at(first).image_build
    assert second != first.image_build
    assert aws_loses(world, second).decision is Decision.TOLD
    assert world.subjects == ["hpc: an image could not be built"]


def test_a_build_of_ours_that_failed_by_its_own_fault_is_told_at_once() -> None:
    world = Pipeline()
    own = world.begins("by-hand", {}).image_build
    world.images.builds[own] = ImageBuild(own, "FAILED", reason="No room.")
    assert world.event("image", own, "FAILED").decision is Decision.TOLD


@pytest.mark.parametrize("named", [True, False])
def test_a_lost_build_that_nobody_here_started_is_told(named: bool) -> None:
    world = Pipeline()
    lost = world.has_built(1)
    if named:
        world.begins("by-hand", {"image_build": lost})
    assert aws_loses(world, lost).decision is Decision.TOLD


def test_a_desktop_image_that_failed_is_told_and_a_good_one_starts_nothing() -> None:
    desktops = PREFIX.replace("scheduler", "desktop")
    world = Pipeline(also_told=[desktops])
    desktop = f"{desktops}1.0.0/1"
    world.images.builds[desktop] = good_build(status="FAILED", reason="No driver.", arn=desktop)
    assert world.event("image", desktop, "FAILED").decision is Decision.TOLD
    assert f"{desktop} has FAILED: No driver." in world.mails[0][1]
    result = world.event("image", desktop, "AVAILABLE")
    assert result == EventResult(
        decision=Decision.IGNORED, why=f"{desktop} is for desktops: no upgrade starts on it"
    )
    assert world.looked_at == []


@pytest.mark.parametrize("event_first", [True, False])
def test_one_bad_build_is_one_mail_whoever_tells_it_first(event_first: bool) -> None:
    world = Pipeline()
    world.has_built(1, status="FAILED", reason="No room.")

    def event() -> None:
        world.event("image", build(1), "FAILED")

    def run_that_waited_for_it() -> None:
        world.refresh("by-hand", {"image_build": build(1)})

    for tells in (
        (event, run_that_waited_for_it) if event_first else (run_that_waited_for_it, event)
    ):
        tells()
    ended = world.event("refresh-ended", REFRESH.format("by-hand"), "FAILED")
    assert ended.decision is Decision.DUPLICATE
    assert len(world.mails) == 1
    assert "No room." in world.mails[0][1]


# Whatever comes

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(["AVAILABLE", "FAILED", "deregistered", "5", "ABORTED", IMAGE])
    | st.sampled_from([build(1), PREFIX, PIPELINE, REFRESH.format("a"), f"{REFRESH}\ud800"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("critical"), inner),
    max_leaves=5,
)


@given(kind=st.sampled_from(KINDS) | JSON, subject=JSON, state=JSON)
def test_no_event_is_a_failure_or_more_than_one_short_line(
    kind: Any, subject: Any, state: Any
) -> None:
    services = FakeServices()
    configuration = services.configurations.by_cluster["hpc"]
    services.configurations.by_cluster["hpc"] = configuration.model_copy(
        update={"images": settings()}
    )
    result = handle_image_event(ImageEvent(kind=kind, subject=subject, state=state), services)
    assert result.why.isprintable()
    assert 0 < len(result.why) < 2_500
    assert all(key.isprintable() and len(key.encode()) < 500 for key in services.evidence.objects)
    json.dumps(services.mail.sent).encode()
    assert not any(machine == "upgrade" for machine, _ in services.executions.started)


@pytest.mark.parametrize("kind", [None, "", "upgrade", "_image", 7, [], {}, ["image"], MEGABYTE])
def test_an_unknown_kind_of_event_is_refused(kind: Any) -> None:
    result = Pipeline().event(kind, build(1), "AVAILABLE")
    assert result.decision is Decision.REFUSED
    assert "is not a known kind of event" in result.why


@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_without_a_configuration_refuses_every_event(kind: str) -> None:
    world = Pipeline()
    world.services.configurations.by_cluster.clear()
    assert world.event(kind, build(1), "AVAILABLE").decision is Decision.REFUSED


def test_a_neighbor_that_is_busy_has_the_event_sent_again(monkeypatch) -> None:
    world = Pipeline()
    world.has_built(1)

    def busy(*_: object) -> None:
        raise Transient("TooManyRequestsException")

    with monkeypatch.context() as once:
        once.setattr(world.images, "build", busy)
        with pytest.raises(Transient):
            world.event("image", build(1), "AVAILABLE")
    assert world.event("image", build(1), "AVAILABLE").decision is Decision.STARTED


def handling(event: ImageEvent, services: Services) -> EventResult:
    return handle_image_event(event, services)


@pytest.mark.parametrize(
    ("event", "decision", "why"),
    [
        (
            {"kind": "image", "subject": build(1), "state": "AVAILABLE"},
            "started",
            "is being checked",
        ),
        ({"kind": "image", "subject": "a\nb" + MEGABYTE, "state": ""}, "ignored", r"'a\nbxxx"),
        ({"kind": "image"}, "ignored", "None is not an image of this cluster"),
        ({}, "refused", "None is not a known kind of event"),
    ],
    ids=range(4),
)
def test_the_log_has_one_line_with_the_decision_and_its_reason(
    event: dict[str, str], decision: str, why: str, monkeypatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(runtime.logger.registered_handler, "stream", stream)
    world = Pipeline()
    world.has_built(1)
    handler = Handler(handling, ImageEvent, services=lambda: world.services)
    handler(event, SimpleNamespace(function_name="handle-image-event"))
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert line["decision"] == decision
    assert why in line["why"]
    assert len(stream.getvalue()) < 2_000
