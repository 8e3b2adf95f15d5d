"""From a run of the pipeline, or an image that it has built, to the image that is next."""

from datetime import timedelta
from typing import Any

import pytest

from changeover.errors import Refused, Unhealthy
from changeover.images import notify_once, refresh
from changeover.images.records import known
from changeover.images.refresh import Refreshing, RefreshRequest, refresh_image
from changeover.ports.values import Vulnerabilities
from tests.support.image_pipeline import NOON, PREFIX, REFRESH, Pipeline, ami, build, good_image
from tests.support.world import IMAGE

NAME = "hpc-scheduler-1.0.0-1"


def begin(world: Pipeline, request: Any = None, name: str = "by-hand") -> Refreshing:
    asked = RefreshRequest(execution=REFRESH.format(name), request=request)
    return refresh_image(asked, world.services)


def check(world: Pipeline, number: int = 1, **since: float) -> refresh.CheckedImage:
    under_way = Refreshing(
        image_build=build(number), started_at=NOON - timedelta(**since), poll_seconds=60
    )
    return refresh.check_image(refresh.ImageToCheck(refreshing=under_way), world.services)


# Refresh Image


def test_an_empty_request_runs_the_pipeline() -> None:
    world = Pipeline()
    under_way = begin(world, {})
    assert world.images.builds[under_way.image_build].status == "BUILDING"
    assert (under_way.started_at, under_way.poll_seconds) == (NOON, 60)


def test_the_same_execution_runs_it_once() -> None:
    world = Pipeline()
    assert begin(world) == begin(world)
    assert len(world.images.builds) == 1


def test_another_execution_runs_it_again() -> None:
    world = Pipeline()
    assert begin(world).image_build != begin(world, name="again").image_build


def test_a_named_build_is_taken_and_nothing_is_built() -> None:
    world = Pipeline(pipeline=None)
    assert begin(world, {"image_build": build(1)}).image_build == build(1)
    assert world.images.started == {}


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"image": IMAGE}, "only image_build is allowed here"),
        ({"release": "hpc-r2"}, "only image_build is allowed here"),
        (
            {"image_build": build(1).replace("hpc", "lab")},
            "does not begin with arn:.*hpc-scheduler/",
        ),
        ({"image_build": f"{PREFIX}1.0.0"}, "does not begin with"),
        ({"image_build": "latest"}, "image_build: 'latest' is not"),
        ({"force": True}, "force: no such field"),
        ([], "the input is a list"),
    ],
)
def test_nonsense_is_refused_and_builds_nothing(request_: Any, why: str) -> None:
    world = Pipeline()
    with pytest.raises(Refused, match=f"^Nothing was touched: .*{why}"):
        begin(world, request_)
    assert world.images.started == {}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Refused, match="force: no such field.*; images.pipeline: no pipeline"):
        begin(Pipeline(pipeline=None), {"force": True})


# Check Image


@pytest.mark.parametrize("status", ["PENDING", "BUILDING", "TESTING", "DISTRIBUTING", "new word"])
def test_what_is_under_way_is_not_done(status: str) -> None:
    world = Pipeline()
    world.has_built(1, status=status)
    checked = check(world)
    assert (checked.done, checked.detail) == (False, f"{build(1)} is {status}")


@pytest.mark.parametrize("scan", ["PENDING", "SCANNING", "COLLECTING"])
def test_an_image_is_not_done_before_its_scan(scan: str) -> None:
    world = Pipeline()
    world.has_built(1, scan=scan, vulnerabilities=None)
    assert not check(world).done


@pytest.mark.parametrize("scan", ["COMPLETED", "FAILED", "TIMED_OUT", "ABANDONED", ""])
def test_a_scan_that_is_over_is_left_to_the_judgment(scan: str) -> None:
    world = Pipeline()
    world.has_built(1, scan=scan, vulnerabilities=None)
    assert check(world).done


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DEPRECATED", "DELETED", "DISABLED"])
def test_what_can_become_no_image_any_more_is_told_with_its_reason(status: str) -> None:
    world = Pipeline()
    world.has_built(1, status=status, reason="No room.")
    with pytest.raises(
        Unhealthy, match=f"ended {status}: No room..*Live and its image are unchanged"
    ):
        check(world)


def test_waiting_ends_at_the_deadline() -> None:
    world = Pipeline(deadline_seconds=600)
    world.has_built(1, scan="SCANNING")
    assert not check(world, seconds=600).done
    with pytest.raises(Unhealthy, match=r"is AVAILABLE \(scan: SCANNING\) after 600 s"):
        check(world, seconds=601)


def test_what_is_done_in_time_is_done_however_late_one_looks() -> None:
    world = Pipeline(deadline_seconds=600)
    world.has_built(1)
    assert check(world, days=1).done


# Judge Image and Record Image


def test_a_good_image_is_recorded_marked_and_next() -> None:
    world = Pipeline()
    record = world.judged(1)
    assert (record.image, record.build, record.created) == (ami(1), build(1), record.created)
    assert world.pointers == {"next": ami(1)}
    assert world.images.in_use == {IMAGE, ami(1)}


def test_a_bad_image_is_told_with_every_reason_and_never_next() -> None:
    world = Pipeline()
    world.has_built(1, tested=False, vulnerabilities=Vulnerabilities(critical=3))
    why = world.refresh(NAME, {"image_build": build(1)})
    assert "live is unchanged:\n1. it was built with its tests" in why
    assert "\n2. known vulnerabilities: 3 critical" in why
    assert (world.pointers, world.upgrades) == ({}, [])
    assert world.subjects == ["hpc: no new image"]


def test_an_image_that_is_no_worse_than_lives_is_used_and_the_approver_is_told() -> None:
    world = Pipeline()
    world.images.found[IMAGE] = Vulnerabilities(critical=3)
    world.images.cves = {
        IMAGE: {"critical": frozenset("ABC")},
        build(1): {"critical": frozenset("AB")},
    }
    world.has_built(1, vulnerabilities=Vulnerabilities(critical=2))
    assert world.refresh(NAME, {"image_build": build(1)}) == ""
    assert world.pointers["next"] == ami(1)
    record = known(ami(1), world.services)
    assert record
    assert f"2 critical (at most 0); live's image {IMAGE} is no better" in str(record.warnings)
    world.images.cves[build(2)] = {"critical": frozenset("AD")}
    world.has_built(2, vulnerabilities=Vulnerabilities(critical=2))
    assert "does not have D" in world.refresh(f"{NAME}-2", {"image_build": build(2)})


def test_an_image_older_than_lives_is_not_used() -> None:
    world = Pipeline()
    world.images.images[IMAGE] = good_image(2, image=IMAGE)
    with pytest.raises(Unhealthy, match="is older than .*, live's image"):
        world.judged(1)


def test_a_next_image_that_is_gone_is_no_yardstick() -> None:
    world = Pipeline()
    world.judged(2)
    del world.images.images[ami(2)]
    world.judged(1)
    assert world.pointers == {"next": ami(1)}


def test_judging_and_recording_again_is_the_same() -> None:
    world = Pipeline()
    assert world.judged(1) == world.judged(1)
    assert world.pointers == {"next": ami(1)}


def test_an_older_image_judged_at_the_same_time_does_not_overtake_a_newer_one() -> None:
    world = Pipeline()
    older = Refreshing(image_build=world.has_built(1), started_at=NOON, poll_seconds=60)
    judged = refresh.judge_image(refresh.ImageToJudge(refreshing=older), world.services)
    world.judged(2)
    recorded = refresh.record_image(refresh.ImageToRecord(judged=judged), world.services)
    assert recorded.image == ami(2)
    assert world.pointers == {"next": ami(2)}


def test_an_image_that_was_recorded_was_pointed_to_before(monkeypatch) -> None:
    world = Pipeline()
    with monkeypatch.context() as once:
        once.setattr(world.services.pointers, "set", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.judged(1)
    assert world.reconcile().started == (f"{build(1)} is being checked: no event reported it",)
    assert world.refreshes() == [""]
    assert world.pointers["next"] == ami(1)


# Close Refresh


def test_people_hear_once_why_there_is_no_new_image() -> None:
    world = Pipeline()
    for _ in range(2):
        assert "ended FAILED: No room." in world.refresh(NAME, failing(world))
    ((subject, text),) = world.mails
    assert subject == "hpc: no new image"
    assert "Reason: Unhealthy\nimage build" in text
    assert f"Execution: {REFRESH.format(NAME)}" in text


def failing(world: Pipeline) -> dict[str, str]:
    return {"image_build": world.has_built(1, status="FAILED", reason="No room.")}


def test_a_mail_that_was_not_sent_is_sent_at_the_next_attempt(monkeypatch) -> None:
    world = Pipeline()
    with monkeypatch.context() as broken:
        broken.setattr(world.services.mail, "send", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            notify_once.notify_once("once", "subject", "text", world.services)
    assert notify_once.notify_once("once", "subject", "text", world.services)
    assert not notify_once.notify_once("once", "subject", "text", world.services)
