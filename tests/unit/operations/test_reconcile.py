"""Reconcile does what events should have done, and tells once a day what no event tells."""

from collections.abc import Callable
from typing import Any

import pytest

from changeover.cluster.release import Role
from changeover.errors import ChangeoverError, Conflict, Transient
from changeover.operations import reconcile
from changeover.operations.reconcile import Reconciled
from changeover.ports.values import Machine, Stack, Vulnerabilities
from tests.support.image_pipeline import (
    BASE_PARAMETER,
    NOON,
    PREFIX,
    Pipeline,
    ami,
    build,
    good_build,
)
from tests.support.run import Run
from tests.support.world import CANDIDATE, IMAGE

NAME = "hpc-scheduler-1.0.0-1"
FINE = Reconciled(decision="fine", why="", started=(), findings=())
SUNDAYS = [{"day": "sunday", "starts": "11:00", "hours": 2}]


def forgotten(world: Pipeline, *names: str) -> None:
    for name in names:
        world.record(name, Role.CANDIDATE, None)
        world.stacks.stacks[name] = Stack(name, "CREATE_COMPLETE")


def failing(with_: type[ChangeoverError] = Conflict) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise with_("it is out of order")

    return fail


def test_where_all_is_as_recorded_nothing_is_told() -> None:
    world = Pipeline()
    assert world.reconcile() == FINE
    assert (world.mails, world.upgrades, world.looked_at) == ([], [], [])


# What events should have started


def test_an_image_that_no_event_told_of_is_looked_at_under_the_same_name() -> None:
    world = Pipeline()
    world.has_built(1)
    assert world.reconcile().started == (f"{build(1)} is being checked: no event reported it",)
    assert world.services.executions.started == {(Machine.REFRESH, NAME): {"image_build": build(1)}}
    assert world.event("image", build(1), "AVAILABLE").decision == "duplicate"
    assert world.reconcile() == FINE


def test_what_an_event_has_told_of_is_not_looked_at_again() -> None:
    world = Pipeline()
    world.event("image", world.has_built(1), "AVAILABLE")
    assert world.reconcile() == FINE
    assert world.looked_at == [NAME]


def test_an_image_that_a_run_of_the_pipeline_has_found_good_is_not_looked_at_again() -> None:
    world = Pipeline()
    world.judged(1)
    world.reconcile()
    assert world.event("image", build(1), "AVAILABLE").decision == "duplicate"
    assert (world.looked_at, world.upgrades) == ([], [NAME])


def test_only_the_newest_image_that_is_available_is_looked_at() -> None:
    world = Pipeline()
    for number, status in enumerate(("AVAILABLE", "AVAILABLE", "FAILED", "BUILDING"), 1):
        world.has_built(number, status=status)
    world.reconcile()
    assert world.looked_at == ["hpc-scheduler-1.0.0-2"]


def test_an_image_of_somebody_elses_pipeline_is_found_by_its_prefix() -> None:
    world = Pipeline(pipeline=None)
    world.has_built(1)
    other = build(9).replace("hpc-", "lab-")
    world.images.builds[other] = good_build(9, arn=other)
    assert world.reconcile().started == (f"{build(1)} is being checked: no event reported it",)
    assert world.looked_at == [NAME]


NOTHING = {"pipeline": None, "prefix": None}


@pytest.mark.parametrize("anew", [NOTHING, {"prefix": f"{PREFIX}2."}, {"prefix": None}])
def test_images_that_are_not_ours_are_left_alone(anew: dict[str, Any]) -> None:
    world = Pipeline(**anew)
    world.has_built(1)
    assert world.reconcile() == FINE


def test_an_image_that_live_runs_on_is_not_looked_at() -> None:
    world = Pipeline()
    world.has_built(1, image=IMAGE)
    assert world.reconcile().started == ()


def test_a_pipeline_that_builds_for_another_region_only_is_told() -> None:
    world = Pipeline()
    world.has_built(1, image=None)
    (finding,) = world.reconcile().findings
    assert finding.startswith("the newest image could not be checked")
    assert world.looked_at == []


def test_an_image_that_waited_for_its_window_starts_an_upgrade_in_it() -> None:
    world = Pipeline(policy="window", windows=SUNDAYS)
    world.clock.advance(hours=-3)
    world.judged(1)
    assert world.reconcile().started == ()
    world.clock.time = NOON
    (started,) = world.reconcile().started
    assert started == f"an upgrade to {ami(1)} is started: inside a window"
    assert world.reconcile() == FINE
    assert world.upgrades == [NAME]


def test_an_image_that_waited_for_another_upgrade_starts_its_own() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE)
    world.services.executions.statuses[run.execution] = "RUNNING"
    world.judged(1)
    world.reconcile()
    assert world.upgrades == []
    run.discard_candidate()
    run.close_upgrade("discarded")
    world.reconcile()
    assert world.upgrades == [NAME]


def test_by_hand_the_next_image_is_announced_once() -> None:
    world = Pipeline(policy="manual")
    world.judged(1)
    world.reconcile()
    world.reconcile()
    assert world.subjects == ["hpc: a newer image is available"]


def test_a_next_image_that_is_gone_starts_nothing() -> None:
    world = Pipeline()
    world.judged(1)
    del world.images.images[ami(1)]
    del world.images.builds[build(1)]
    assert world.reconcile() == FINE
    assert world.upgrades == []


# What is found in live's image after it was built


def vulnerable(**anew: Any) -> Pipeline:
    world = Pipeline(**anew)
    world.images.found[IMAGE] = Vulnerabilities(critical=1)
    return world


def test_what_inspector_finds_in_lives_image_is_told_once_and_the_image_is_built_anew() -> None:
    world = vulnerable()
    told = f"an e-mail reports that {IMAGE} has 1 critical (at most 0)"
    assert world.reconcile().started == (told,)
    assert world.reconcile() == FINE
    ((subject, text),) = world.mails
    assert subject == "hpc: vulnerabilities in an image in use"
    assert f"{IMAGE} (as Inspector finds today) has known vulnerabilities: 1 critical" in text
    assert world.looked_at == [f"vulnerable-{IMAGE}-2026-03-01"]


def test_a_rebuild_that_failed_is_tried_each_day_until_there_is_a_newer_image() -> None:
    world = vulnerable(policy="on-cve")
    for _ in range(2):
        world.reconcile()
        world.clock.advance(days=1)
    world.judged(1)
    world.reconcile()
    assert world.looked_at == [f"vulnerable-{IMAGE}-2026-03-0{day}" for day in (1, 2)]
    assert world.upgrades == [NAME]


@pytest.mark.parametrize(
    ("found", "anew"),
    [
        (None, {}),
        (Vulnerabilities(medium=9), {}),
        (Vulnerabilities(critical=1), NOTHING),
    ],
)
def test_what_is_unknown_allowed_or_nobodys_business_is_not_told(
    found: Vulnerabilities | None, anew: dict[str, Any]
) -> None:
    world = Pipeline(**anew)
    if found:
        world.images.found[IMAGE] = found
    assert world.reconcile() == FINE


def test_by_hand_a_person_is_told_to_have_it_built_anew() -> None:
    world = vulnerable(policy="manual")
    world.reconcile()
    assert "Rebuild the image, or upgrade to another one." in world.mails[0][1]
    assert world.looked_at == []


# What only follows from records


def test_pointers_follow_the_releases_and_images_in_use_are_marked() -> None:
    world = Pipeline()
    world.record("hpc-r0", Role.PREVIOUS, ami(5))
    assert world.reconcile() == FINE
    assert world.pointers == {"current": IMAGE, "previous": ami(5)}
    assert world.images.in_use == {IMAGE, ami(5)}


def test_a_candidate_moves_no_pointer() -> None:
    world = Pipeline()
    world.judged(1)
    run = Run(world).through("bake")
    world.services.executions.statuses[run.execution] = "RUNNING"
    world.reconcile()
    assert world.pointers == {"next": ami(1), "current": IMAGE}


# What is told


def test_findings_are_told_in_one_mail() -> None:
    world = Pipeline()
    forgotten(world, CANDIDATE, "hpc-r3")
    reconciled = world.reconcile()
    assert (reconciled.decision, len(reconciled.findings)) == ("drift", 2)
    assert reconciled.why == "; ".join(reconciled.findings)
    ((subject, text),) = world.mails
    assert subject == "hpc: 2 things need a person"
    for number, finding in enumerate(reconciled.findings, 1):
        assert f"  {number}. {finding}\n" in text


def test_each_is_told_once_a_day() -> None:
    world = Pipeline()
    forgotten(world, CANDIDATE)
    for _ in range(11):
        assert world.reconcile().decision == "drift"
        world.clock.advance(hours=1)
    assert world.subjects == ["hpc: 1 thing needs a person"]
    world.clock.advance(hours=2)
    world.reconcile()
    assert len(world.mails) == 2


def test_what_is_new_is_told_without_what_is_known() -> None:
    world = Pipeline()
    forgotten(world, CANDIDATE)
    world.reconcile()
    forgotten(world, "hpc-r3")
    world.reconcile()
    assert world.subjects == ["hpc: 1 thing needs a person"] * 2
    assert "hpc-r3" in world.mails[-1][1]
    assert f"stack {CANDIDATE}" not in world.mails[-1][1]


def test_a_mail_that_could_not_be_sent_is_sent_at_the_next_look(monkeypatch) -> None:
    world = Pipeline()
    forgotten(world, CANDIDATE)
    with monkeypatch.context() as once:
        once.setattr(world.services.mail, "send", failing(Transient))
        with pytest.raises(Transient):
            world.reconcile()
    world.reconcile()
    assert world.subjects == ["hpc: 1 thing needs a person"]


# One check that fails


TROUBLES = {
    "the newest image": ("images", "newest_build"),
    "live's image": ("images", "found_today"),
    "the subscription": ("mail", "confirmed_subscribers"),
    "the pointers": ("pointers", "set"),
    "images in use": ("images", "mark_in_use"),
    "the base AMI": ("images", "newest_base"),
    "the front door": ("front_door", "weights"),
    "the web ACL": ("web_acl", "wanted"),
    "termination protection": ("stacks", "describe"),
    "the scheduler's tag": ("hosts", "cluster_of"),
    "candidates": ("stacks", "describe"),
    "the day's snapshot": ("hosts", "reachable"),
}


@pytest.mark.parametrize("what", TROUBLES)
def test_a_check_that_a_busy_neighbor_prevents_is_made_at_the_next_look_and_not_told(
    what: str, monkeypatch
) -> None:
    world = Pipeline()
    forgotten(world, CANDIDATE)
    neighbor, method = TROUBLES[what]
    monkeypatch.setattr(getattr(world.services, neighbor), method, failing(Transient))
    reconciled = world.reconcile()
    assert f"{what} will be checked again in an hour: it is out of order" in reconciled.why
    assert "out of order" not in str((reconciled.findings, world.mails))


@pytest.mark.parametrize("what", TROUBLES)
def test_a_check_that_fails_is_told_and_keeps_no_other_from_being_made(
    what: str, monkeypatch
) -> None:
    world = Pipeline()
    forgotten(world, CANDIDATE)
    neighbor, method = TROUBLES[what]
    monkeypatch.setattr(getattr(world.services, neighbor), method, failing(Conflict))
    findings = world.reconcile().findings
    assert [each for each in findings if "could not be checked" in each] == [
        f"{each} could not be checked: it is out of order"
        for each, asked in TROUBLES.items()
        if asked == TROUBLES[what]
    ]
    assert bool(world.pointers) is (what != "the pointers")
    assert bool(world.images.in_use) is (what != "images in use")
    assert any(CANDIDATE in each for each in findings) is (neighbor != "stacks")
    snapshot = any("backup" in key for key in world.evidence.objects)
    assert snapshot is (what != "the day's snapshot")


def test_everything_that_can_be_looked_at_has_its_words() -> None:
    known = {*reconcile._MISSED, *reconcile._CHECKS}
    assert known - set(TROUBLES) == {"the next image", "the lock", "the approval", "kept releases"}


def test_a_record_that_cannot_be_read_is_told_and_nothing_else_is_lost() -> None:
    world = Pipeline()
    world.judged(1)
    world.services.evidence.write(f"images/{ami(1)}.json", b"{}")
    forgotten(world, CANDIDATE)
    findings = world.reconcile().findings
    assert f"the next image could not be checked: images/{ami(1)}.json is not a record" in str(
        findings
    )
    assert any(CANDIDATE in each for each in findings)


def test_a_cluster_without_one_live_release_is_told_by_all_that_need_it() -> None:
    world = Pipeline()
    world.record("hpc-r2", Role.LIVE, IMAGE)
    findings = world.reconcile().findings
    said = "the front door could not be checked: cluster hpc m"
    assert any(each.startswith(said) for each in findings)
    assert len(world.mails) == 1


def test_an_unconfigured_cluster_is_told_and_its_records_are_looked_at() -> None:
    world = Pipeline()
    world.services.configurations.by_cluster.clear()
    forgotten(world, CANDIDATE)
    findings = world.reconcile().findings
    assert "the base AMI could not be checked: cluster hpc has no configuration" in findings
    assert any(CANDIDATE in each for each in findings)


def test_all_kinds_of_drift_are_told_at_once() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE).through("await_approval")
    world.clock.advance(days=1, hours=2)
    world.images.bases.pop(BASE_PARAMETER)
    forgotten(world, "hpc-r3")
    told = world.reconcile().why
    for words in ("images.base_parameter", f"{run.execution} holds", "waits for", "stack hpc-r3"):
        assert words in told
