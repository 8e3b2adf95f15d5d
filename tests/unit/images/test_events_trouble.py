"""Trouble with an image in use, with the pipeline or with a refresh: a person hears of it once."""

from typing import Any

import pytest

from changeover.cluster.release import Role
from changeover.images.event_result import Decision
from changeover.images.records import Pointer
from changeover.ports.values import Machine
from tests.support.image_pipeline import PIPELINE, REFRESH, Pipeline, ami, build
from tests.support.world import IMAGE

BAD = {"all": 3, "critical": 1, "high": 0, "medium": 2}
NAME = "hpc-scheduler-1.0.0-1"


def in_use(**anew: Any) -> Pipeline:
    """Live runs on an image of ours."""
    world = Pipeline(**anew)
    world.has_built(1)
    world.record("hpc-r1", Role.LIVE, ami(1))
    return world


# Vulnerabilities that were found later


def test_vulnerabilities_in_an_image_in_use_are_told_once_and_the_pipeline_runs() -> None:
    world = in_use()
    decisions = [world.event("vulnerabilities", build(1), BAD).decision for _ in range(10)]
    assert decisions == [Decision.TOLD, *[Decision.DUPLICATE] * 9]
    ((subject, text),) = world.mails
    assert subject == "hpc: vulnerabilities in an image in use"
    assert f"{ami(1)} ({build(1)}) has known vulnerabilities: 1 critical (at most 0)" in text
    assert "The image is being rebuilt." in text
    assert world.services.executions.started == {
        (Machine.REFRESH, f"vulnerable-{ami(1)}-2026-03-01"): {}
    }


def test_more_of_them_are_told_again_and_build_nothing_more() -> None:
    world = in_use()
    world.event("vulnerabilities", build(1), BAD)
    world.event("vulnerabilities", build(1), BAD | {"critical": 2})
    assert len(world.mails) == 2
    assert len(world.looked_at) == 1


def test_a_rebuild_that_came_to_nothing_is_tried_again_the_next_day_and_no_sooner() -> None:
    world = in_use()
    world.event("vulnerabilities", build(1), BAD)
    world.event("vulnerabilities", build(1), BAD | {"critical": 2})
    started = f"A rebuild was started today already: look at the execution {world.looked_at[0]}."
    assert started in world.mails[-1][1]
    world.clock.advance(days=1)
    world.event("vulnerabilities", build(1), BAD | {"critical": 3})
    assert "The image is being rebuilt." in world.mails[-1][1]
    assert world.looked_at == [f"vulnerable-{ami(1)}-2026-03-0{day}" for day in (1, 2)]


def test_nothing_is_built_anew_while_a_newer_image_is_there_to_upgrade_to() -> None:
    world = in_use()
    world.judged(2)
    world.event("vulnerabilities", build(1), BAD)
    assert f"The newer image {ami(2)} has passed its checks already" in world.mails[0][1]
    assert world.looked_at == []


def test_what_is_found_in_a_build_under_test_is_left_to_its_judgment() -> None:
    world = in_use()
    world.has_built(2, image=None, status="TESTING")
    result = world.event("vulnerabilities", build(2), BAD)
    assert result.decision is Decision.IGNORED
    assert result.why.endswith("but is not in use: it is checked once it is built")
    assert (world.mails, world.looked_at) == ([], [])


def test_the_image_that_is_built_anew_ends_in_one_upgrade() -> None:
    world = in_use()
    world.event("vulnerabilities", build(1), BAD)
    under_way = f"{PIPELINE.replace('image-pipeline', 'image')}/1.0.0/2"
    world.images.started = dict.fromkeys([_token(world)], under_way)
    world.event("image", world.has_built(2), "AVAILABLE")
    assert world.refreshes() == ["", ""]
    assert world.upgrades == ["hpc-scheduler-1.0.0-2"]


def _token(world: Pipeline) -> str:
    """What the pipeline is run with by the execution that was started."""
    world.refresh(world.looked_at[0], {})
    world.mails.clear()
    (token,) = world.images.started
    return token


@pytest.mark.parametrize("anew", [{"policy": "manual"}, {"pipeline": None}])
def test_where_a_person_decides_no_pipeline_runs(anew: dict[str, Any]) -> None:
    world = in_use(**anew)
    assert world.event("vulnerabilities", build(1), BAD).decision is Decision.TOLD
    assert "Rebuild the image, or upgrade to another one." in world.mails[0][1]
    assert world.looked_at == []


@pytest.mark.parametrize("role", [Role.LIVE, Role.CANDIDATE, Role.PREVIOUS])
def test_every_release_whose_nodes_start_from_it_uses_it(role: Role) -> None:
    world = Pipeline()
    world.has_built(1)
    world.record("hpc-r7", role, ami(1))
    assert world.event("vulnerabilities", build(1), BAD).decision is Decision.TOLD
    assert "It is in use by: hpc-r7." in world.mails[0][1]


def test_what_is_next_is_in_use_already() -> None:
    world = Pipeline()
    world.judged(1)
    assert world.event("vulnerabilities", build(1), BAD).decision is Decision.TOLD
    assert "It is in use by: the next release." in world.mails[0][1]


@pytest.mark.parametrize(
    ("subject", "counts", "decision"),
    [
        (build(1), {"critical": 0, "high": 0, "medium": 900}, Decision.IGNORED),
        (build(1), {"all": 7}, Decision.IGNORED),
        (build(2), BAD, Decision.IGNORED),
        (build(9), BAD, Decision.REFUSED),
        (build(1).replace("hpc", "lab"), BAD, Decision.IGNORED),
        (build(1), None, Decision.REFUSED),
        (build(1), "many", Decision.REFUSED),
        (build(1), [1, 0, 0], Decision.REFUSED),
        (build(1), {"critical": "some"}, Decision.REFUSED),
        (build(1), {"critical": -1}, Decision.REFUSED),
        (build(1), {"critical": None}, Decision.REFUSED),
        (build(1), {"critical": float("nan")}, Decision.REFUSED),
        (build(1), {"critical": 10**400}, Decision.REFUSED),
    ],
    ids=range(13),
)
def test_other_counts_and_other_images_move_nobody(
    subject: str, counts: Any, decision: Decision
) -> None:
    world = in_use()
    world.has_built(2)
    assert world.event("vulnerabilities", subject, counts).decision is decision
    assert (world.mails, world.looked_at) == ([], [])


# A pipeline that was disabled


def test_a_disabled_pipeline_is_told_once_a_day() -> None:
    world = Pipeline()
    decisions = [world.event("pipeline-disabled", PIPELINE, "5").decision for _ in range(2)]
    assert decisions == [Decision.TOLD, Decision.DUPLICATE]
    assert f"has disabled {PIPELINE} after 5 failures in a row" in world.mails[0][1]
    world.clock.advance(days=1)
    assert world.event("pipeline-disabled", PIPELINE, "5").decision is Decision.TOLD


@pytest.mark.parametrize("pipeline", [f"{PIPELINE}2", build(1), None, [PIPELINE]])
def test_other_peoples_pipelines_may_be_disabled(pipeline: Any) -> None:
    world = Pipeline()
    assert world.event("pipeline-disabled", pipeline, "5").decision is Decision.IGNORED
    assert world.mails == []


def test_a_disabled_pipeline_of_desktops_is_told_beside_the_schedulers() -> None:
    desktops = PIPELINE.replace("scheduler", "desktop")
    world = Pipeline(also_told_pipelines=[desktops])
    for pipeline in (PIPELINE, desktops):
        assert world.event("pipeline-disabled", pipeline, "3").decision is Decision.TOLD
    assert f"has disabled {desktops}" in world.mails[-1][1]


def test_where_no_pipeline_is_configured_none_is_ours() -> None:
    world = Pipeline(pipeline=None)
    assert world.event("pipeline-disabled", None, "5").decision is Decision.IGNORED


# An image that was withdrawn


@pytest.mark.parametrize("state", ["deregistered", "disabled"])
def test_an_image_in_use_that_is_gone_is_told_once(state: str) -> None:
    world = Pipeline()
    decisions = [world.event("ami", IMAGE, state).decision for _ in range(3)]
    assert decisions == [Decision.TOLD, Decision.DUPLICATE, Decision.DUPLICATE]
    ((subject, text),) = world.mails
    assert subject == "hpc: an image in use is gone"
    assert f"{IMAGE} is {state}. It is in use by: hpc-r1." in text


def test_an_image_that_is_withdrawn_again_is_told_again() -> None:
    world = Pipeline()
    world.event("ami", IMAGE, "disabled")
    world.clock.advance(days=1)
    assert world.event("ami", IMAGE, "disabled").decision is Decision.TOLD


def test_everybody_who_uses_it_is_named() -> None:
    world = Pipeline()
    for number, role in enumerate((Role.CANDIDATE, Role.PREVIOUS, Role.DISCARDED), 2):
        world.record(f"hpc-r{number}", role, IMAGE)
    world.pointers[Pointer.NEXT] = IMAGE
    world.event("ami", IMAGE, "deregistered")
    assert "It is in use by: hpc-r1, hpc-r2, hpc-r3, the next release." in world.mails[0][1]


@pytest.mark.parametrize(
    ("image", "state", "decision"),
    [
        (ami(9), "deregistered", Decision.IGNORED),
        (IMAGE, "available", Decision.IGNORED),
        (IMAGE, "DEREGISTERED", Decision.IGNORED),
        (IMAGE, ["deregistered"], Decision.IGNORED),
        (f"{IMAGE}\n", "deregistered", Decision.REFUSED),
        ("ami-", "deregistered", Decision.REFUSED),
        (None, "disabled", Decision.REFUSED),
        ("ami-" + "0" * 1_000_000, "disabled", Decision.REFUSED),
    ],
    ids=range(8),
)
def test_an_image_that_nobody_uses_is_nobodys_business(
    image: Any, state: Any, decision: Decision
) -> None:
    world = Pipeline()
    assert world.event("ami", image, state).decision is decision
    assert world.mails == []


# A refresh that ended


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_refresh_that_ended_without_a_word_is_told_once(status: str) -> None:
    world = Pipeline()
    ended = REFRESH.format(NAME)
    decisions = [world.event("refresh-ended", ended, status).decision for _ in range(2)]
    assert decisions == [Decision.TOLD, Decision.DUPLICATE]
    assert f"{ended} ended {status} before it could report the reason" in world.mails[0][1]


def test_one_that_has_said_why_is_not_told_again() -> None:
    world = Pipeline()
    world.has_built(1, tested=False)
    world.refresh(NAME, {"image_build": build(1)})
    assert world.event("refresh-ended", REFRESH.format(NAME), "FAILED").decision is (
        Decision.DUPLICATE
    )
    assert len(world.mails) == 1


@pytest.mark.parametrize("name", ["a", "x" * 80, "Überprüfung_1.0-2"])
def test_a_refresh_may_have_any_name_that_step_functions_takes(name: str) -> None:
    ended = REFRESH.format(name)
    assert Pipeline().event("refresh-ended", ended, "ABORTED").decision is Decision.TOLD


@pytest.mark.parametrize(
    ("execution", "status"),
    [
        (REFRESH.format(NAME), "SUCCEEDED"),
        (REFRESH.format(NAME), "RUNNING"),
        (REFRESH.format(NAME), None),
        (REFRESH.format(NAME).replace("refresh-image", "upgrade"), "FAILED"),
        (REFRESH.format(""), "FAILED"),
        (REFRESH.format("a/../b"), "FAILED"),
        (REFRESH.format("a\ud800"), "FAILED"),
        (REFRESH.format("x" * 1_000_000), "FAILED"),
        (None, "FAILED"),
    ],
    ids=range(9),
)
def test_what_is_no_ended_refresh_is_refused(execution: Any, status: Any) -> None:
    world = Pipeline()
    assert world.event("refresh-ended", execution, status).decision is Decision.REFUSED
    assert (world.mails, world.services.evidence.exists("images/told/refresh-")) == ([], False)
