"""A good image starts one upgrade, waits for its time, or is told to a person."""

from datetime import timedelta
from typing import Any

import pytest

from changeover.cluster.configuration import FreezeWindow
from changeover.cluster.release import Role
from changeover.errors import Conflict, Refused, Transient
from changeover.images.promote import Promotion
from changeover.ports.values import Machine, Vulnerabilities
from tests.support.image_pipeline import CLEAN, NOON, Pipeline, ami, build, good_image
from tests.support.run import Run
from tests.support.world import IMAGE

NAME = "hpc-scheduler-1.0.0-1"
SUNDAYS = [{"day": "sunday", "starts": "11:00", "hours": 2}]


def offering(**anew: Any) -> Pipeline:
    world = Pipeline(**anew)
    world.judged(1)
    return world


def test_a_good_image_starts_an_upgrade_under_the_name_of_its_build() -> None:
    world = offering()
    assert world.offers(1).decision is Promotion.STARTED
    assert world.services.executions.started == {(Machine.UPGRADE, NAME): {"image": ami(1)}}


def test_the_upgrade_that_is_started_plans_with_that_image() -> None:
    world = offering()
    world.offers(1)
    (request,) = world.services.executions.started.values()
    assert Run(world, NAME, **request).plan.image == ami(1)


def test_offering_again_starts_nothing() -> None:
    world = offering()
    assert [world.offers(1).decision for _ in range(3)] == [
        Promotion.STARTED,
        Promotion.STARTED_BEFORE,
        Promotion.STARTED_BEFORE,
    ]
    assert world.upgrades == [NAME]


def test_not_even_once_step_functions_has_forgotten_the_name() -> None:
    world = offering()
    world.offers(1)
    world.services.executions.started.clear()
    assert world.offers(1).decision is Promotion.STARTED_BEFORE
    assert world.upgrades == []


def test_a_start_whose_mark_was_not_kept_is_no_second_start(monkeypatch) -> None:
    world = offering()

    def busy(*_: object) -> None:
        raise Transient("SlowDown")

    with monkeypatch.context() as once:
        once.setattr(world.services.evidence, "write", busy)
        with pytest.raises(Transient):
            world.offers(1)
    assert world.offers(1).decision is Promotion.STARTED_BEFORE
    assert world.upgrades == [NAME]


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.PREVIOUS, Role.DISCARDED, Role.ROLLED_BACK])
def test_what_a_person_has_tried_is_not_tried_again(role: Role) -> None:
    world = offering()
    world.record("hpc-r2", role, ami(1))
    promoted = world.offers(1)
    assert promoted.decision is Promotion.STARTED_BEFORE
    assert promoted.why == f"hpc-r2 ({role}) was built from it"
    assert world.upgrades == []


@pytest.mark.parametrize("policy", ["always", "on-cve", "window", "manual"])
def test_an_image_that_live_runs_on_needs_no_upgrade(policy: str) -> None:
    world = offering(policy=policy, windows=SUNDAYS)
    world.record("hpc-r1", Role.LIVE, ami(1))
    assert world.offers(1).decision is Promotion.ALREADY_LIVE
    assert (world.upgrades, world.mails) == ([], [])


def test_an_image_that_was_never_judged_starts_nothing() -> None:
    world = Pipeline()
    world.has_built(1)
    with pytest.raises(Conflict, match=f"{ami(1)} was never checked by refresh-image"):
        world.offers(1)
    assert world.upgrades == []


@pytest.mark.parametrize("policy", ["always", "manual"])
def test_an_image_that_is_gone_is_neither_used_nor_announced(policy: str) -> None:
    world = offering(policy=policy)
    del world.images.images[ami(1)]
    assert world.offers(1).decision is Promotion.UNFIT
    world.images.images[ami(1)] = good_image(1, state="disabled")
    assert world.offers(1).why == f"{ami(1)} is disabled"
    assert (world.upgrades, world.mails) == ([], [])


def test_nobody_goes_back_to_an_image_older_than_lives() -> None:
    world = offering()
    world.images.images[ami(2)] = good_image(2)
    world.record("hpc-r1", Role.LIVE, ami(2))
    promoted = world.offers(1)
    assert promoted.decision is Promotion.UNFIT
    assert promoted.why == f"{ami(1)} is older than {ami(2)}, which live runs on"


def test_a_locked_cluster_waits() -> None:
    world = offering()
    run = Run(world, image=IMAGE)
    promoted = world.offers(1)
    assert promoted.decision is Promotion.WAITS
    assert promoted.why == f"hpc is locked by {run.execution}"
    run.close_upgrade("discarded")
    assert world.offers(1).decision is Promotion.STARTED


def test_a_lock_that_has_lapsed_keeps_nobody_waiting() -> None:
    world = offering()
    run = Run(world, image=IMAGE)
    world.clock.advance(seconds=run.plan.configuration.longest_run_seconds)
    assert world.offers(1).decision is Promotion.STARTED


def test_outside_its_window_it_waits() -> None:
    world = offering(policy="window", windows=SUNDAYS)
    world.clock.advance(hours=2)
    assert world.offers(1).decision is Promotion.WAITS
    world.clock.advance(days=7, hours=-2)
    assert world.offers(1).decision is Promotion.STARTED


@pytest.mark.parametrize("policy", ["always", "on-cve", "window", "manual"])
def test_in_a_freeze_nothing_is_started_or_announced(policy: str) -> None:
    world = offering(policy=policy, windows=SUNDAYS)
    ends = NOON + timedelta(hours=1)
    world.configure(freeze_windows=(FreezeWindow(starts=NOON, ends=ends, reason="a talk"),))
    assert world.offers(1).decision is Promotion.WAITS
    assert (world.upgrades, world.mails) == ([], [])


POLICIES = ("always", "on-cve", "window", "manual")


@pytest.mark.parametrize("policy", POLICIES)
def test_without_a_live_release_it_waits_until_there_is_one(policy: str) -> None:
    world = offering(policy=policy, windows=SUNDAYS)
    world.record("hpc-r1", Role.PREVIOUS, IMAGE)
    promoted = world.offers(1)
    assert (promoted.decision, promoted.why) == (
        Promotion.WAITS,
        "hpc has no live release on record",
    )
    assert (world.upgrades, world.mails) == ([], [])
    world.record("hpc-r1", Role.LIVE, IMAGE)
    assert world.offers(1).decision is not Promotion.WAITS


@pytest.mark.parametrize("policy", POLICIES)
def test_where_nobody_would_hear_of_it_it_waits_until_somebody_does(policy: str) -> None:
    world = offering(policy=policy, windows=SUNDAYS)
    world.services.mail.confirmed = 0
    promoted = world.offers(1)
    assert promoted.decision is Promotion.WAITS
    assert promoted.why.startswith("no subscription is confirmed")
    assert (world.upgrades, world.mails) == ([], [])
    world.services.mail.confirmed = 1
    assert world.offers(1).decision is not Promotion.WAITS


@pytest.mark.parametrize("policy", POLICIES)
def test_where_images_are_pinned_nothing_starts_and_nothing_is_announced(policy: str) -> None:
    world = offering(policy=policy, windows=SUNDAYS)
    world.configure(image=IMAGE)
    promoted = world.offers(1)
    assert promoted.decision is Promotion.WAITS
    assert promoted.why == f"images are pinned: the configuration's image is {IMAGE}"
    assert (world.upgrades, world.mails) == ([], [])


def test_the_pinned_image_itself_is_offered() -> None:
    world = offering()
    world.configure(image=ami(1))
    assert world.offers(1).decision is Promotion.STARTED


# On vulnerabilities: those of live's image, as they are known today


def on_cve(live: Vulnerabilities | None) -> Pipeline:
    """Live's image had none when it was built."""
    world = Pipeline(policy="on-cve")
    world.judged(1)
    world.record("hpc-r1", Role.LIVE, ami(1))
    if live:
        world.images.found[ami(1)] = live
    world.judged(2)
    return world


def test_an_image_waits_while_lives_has_no_vulnerabilities() -> None:
    assert on_cve(CLEAN).offers(2).decision is Promotion.WAITS


def test_what_was_found_in_lives_image_since_starts_an_upgrade() -> None:
    world = on_cve(Vulnerabilities(critical=1))
    promoted = world.offers(2)
    assert (promoted.decision, promoted.why) == (
        Promotion.STARTED,
        "live's image has 1 critical (at most 0)",
    )


@pytest.mark.parametrize("policy", ["always", "manual", "window"])
def test_what_is_known_today_is_asked_only_where_it_decides(policy: str, monkeypatch) -> None:
    world = offering(policy=policy, windows=SUNDAYS)
    monkeypatch.setattr(world.images, "found_today", lambda *_: 1 / 0)
    world.offers(1)


def test_what_nobody_knows_any_more_is_no_reason_to_wait() -> None:
    assert on_cve(None).offers(2).decision is Promotion.STARTED


@pytest.mark.parametrize("policy", ["always", "on-cve"])
def test_a_build_that_was_deleted_keeps_nobody_from_upgrading(policy: str) -> None:
    world = on_cve(CLEAN)
    images = world.services.configurations.read("hpc").images
    world.configure(images=images.model_copy(update={"policy": policy}))
    del world.images.builds[build(1)]
    with pytest.raises(Refused):
        world.images.build(build(1))
    assert world.offers(2).decision is Promotion.STARTED


# By hand


def test_a_person_is_told_once_and_where_to_press() -> None:
    world = offering(policy="manual")
    assert [world.offers(1).decision for _ in range(2)] == [
        Promotion.ANNOUNCED,
        Promotion.ANNOUNCED,
    ]
    ((subject, text),) = world.mails
    assert subject == "hpc: a newer image is available"
    assert f"New         {ami(1)}, recipe 1.0.0" in text
    assert f"Live        {IMAGE}, never checked" in text
    assert 'choose "Start execution" and\nleave the input as it is, {}' in text
    assert "https://console.example.com/upgrade" in text
    assert world.upgrades == []


def test_a_person_is_told_what_to_mind() -> None:
    world = Pipeline(policy="manual")
    world.configure(stack_parameters={"BaseOS": "centos7"})
    world.judged(1, operating_system="Ubuntu 24.04")
    world.offers(1)
    assert "Warning     the end of support of Ubuntu 24.04" in world.mails[-1][1]


def test_each_newer_image_is_announced() -> None:
    world = offering(policy="manual")
    world.offers(1)
    world.judged(2)
    world.offers(2)
    assert len(world.mails) == 2
    assert ami(2) in world.mails[-1][1]


def test_what_a_person_started_by_hand_has_the_announced_image() -> None:
    world = offering(policy="manual")
    world.offers(1)
    assert Run(world).plan.image == ami(1)
