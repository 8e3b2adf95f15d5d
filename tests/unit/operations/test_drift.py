"""How a cluster can differ from its record without any event: each is told in words."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changeover.cluster.configuration import Approval
from changeover.cluster.release import Role
from changeover.errors import Conflict
from changeover.operations import drift
from changeover.ports.services import Services
from changeover.ports.values import Stack, Subscriber
from changeover.soca.dialect import SOCA_24_10, SOCA_26_4
from changeover.upgrade import protection
from changeover.upgrade.transfer.snapshots import key
from tests.support.fakes import CLOSED
from tests.support.image_pipeline import BASE_PARAMETER, NOON, Pipeline, ami
from tests.support.run import Run
from tests.support.world import CANDIDATE, IMAGE, LIVE, World

TODAY = key(LIVE, "backup-2026-03-01", "backup")
CHECKS = (drift.base, drift.front_door, drift.lock, drift.approval, drift.candidates, drift.backup)
CHECKS += (
    drift.subscribers,
    drift.kept,
    drift.web_acl,
    protection.unprotected,
    protection.unmarked,
)


def found(check: Callable[[Services], Iterator[str]], world: World) -> str:
    return "; ".join(check(world.services))


@pytest.mark.parametrize("check", CHECKS)
def test_a_cluster_that_is_as_recorded_gives_nothing_to_tell(
    check: Callable[[Services], Iterator[str]],
) -> None:
    assert found(check, Pipeline()) == ""


@pytest.mark.parametrize("check", CHECKS[1:])
@pytest.mark.parametrize("step", ["deploy_candidate", "await_approval", "shift_traffic", "bake"])
def test_nor_does_one_in_the_middle_of_an_upgrade(
    check: Callable[[Services], Iterator[str]], step: str
) -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE).through(step)
    world.services.executions.statuses[run.execution] = "RUNNING"
    assert found(check, world) == ""


# Which release is live


def test_exactly_one_release_is_live() -> None:
    world = Pipeline()
    assert drift.live_of(world.services).name == LIVE
    world.record("hpc-r2", Role.LIVE, IMAGE)
    with pytest.raises(Conflict, match="one live release on record, but has hpc-r1, hpc-r2"):
        drift.live_of(world.services)
    for name in ("hpc-r1", "hpc-r2"):
        world.record(name, Role.PREVIOUS, IMAGE)
    with pytest.raises(Conflict, match="but has none"):
        drift.live_of(world.services)


# Termination protection


def test_a_live_stack_that_anybody_could_delete_is_told() -> None:
    """Also that of an installed 0.1.0, which protected none."""
    world = Pipeline()
    world.stacks.stacks[LIVE] = replace(world.stacks.stacks[LIVE], protected=False)
    said = found(protection.unprotected, world)
    assert said.startswith("stack hpc-r1 of the live release has no termination protection")
    assert "adopt_release" in said


def test_whether_others_are_protected_is_nobody_s_concern() -> None:
    world = Pipeline()
    world.record("hpc-r0", Role.PREVIOUS, IMAGE)
    world.stacks.stacks["hpc-r0"] = Stack("hpc-r0", "CREATE_COMPLETE")
    assert found(protection.unprotected, world) == ""


@pytest.mark.parametrize(
    ("tag", "problem"),
    [("", "has no tag changeover:cluster=hpc"), ("other", "changeover:cluster=other, not hpc")],
)
def test_a_live_scheduler_that_takes_no_documents_is_told(tag: str, problem: str) -> None:
    world = Pipeline()
    world.hosts.mark(world.live.instance, tag)
    said = found(protection.unmarked, world)
    assert problem in said
    assert "invoke adopt_release for hpc-r1 again" in said


# The front door


def open_door(world: World, weights: dict[str, int]) -> None:
    live = world.services.releases.get("hpc", LIVE).target_group
    named = {arn.replace("arn:live", live): weight for arn, weight in weights.items()}
    world.front_door.rule = [{"Type": "forward", "Weights": named}]


@pytest.mark.parametrize("weights", [{}, {"arn:other": 1}, {"arn:live": 0}])
def test_a_front_door_that_sends_users_elsewhere_is_told(weights: dict[str, int]) -> None:
    world = Pipeline()
    open_door(world, weights)
    said = found(drift.front_door, world)
    assert said.startswith("hpc-r1 is recorded as live, but the load balancer's rule")


def test_a_front_door_that_sends_some_users_elsewhere_is_told() -> None:
    world = Pipeline()
    open_door(world, {"arn:live": 99, "arn:other": 1})
    assert found(drift.front_door, world)
    open_door(world, {"arn:live": 99, "arn:other": 0})
    assert not found(drift.front_door, world)


def test_a_rule_that_somebody_put_before_ours_is_told() -> None:
    world = Pipeline()
    world.front_door.shadow = [CLOSED]
    assert "look for a rule before it" in found(drift.front_door, world)


def test_a_missing_rule_is_told_and_where_users_are_meanwhile() -> None:
    world = Pipeline()
    forwarding, world.front_door.rule = world.front_door.rule, None
    said = found(drift.front_door, world)
    assert "no rule that sends users to hpc-r1" in said
    assert "is the 503 page: invoke adopt_release with hpc-r1" in said
    world.front_door.default_actions = forwarding or []
    assert "as in Changeover 0.1.0" in found(drift.front_door, world)
    world.adopt()
    assert "restore the 503 page" in found(drift.front_door, world)
    world.front_door.default_actions = [CLOSED]
    assert not found(drift.front_door, world)


@pytest.mark.parametrize("step", ["await_approval", "shift_traffic"])
def test_a_missing_rule_is_told_while_an_upgrade_runs_too(step: str) -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE).through(step)
    world.services.executions.statuses[run.execution] = "RUNNING"
    world.front_door.rule = None
    assert "no rule that sends users to hpc-r1" in found(drift.front_door, world)


def test_the_web_acl_that_was_asked_for_is_there() -> None:
    world = Pipeline()
    acl = world.services.web_acl
    acl.there = "arn:theirs"
    assert not found(drift.web_acl, world)
    acl.parameter = acl.there
    assert not found(drift.web_acl, world)
    acl.there = ""
    assert "must have the web ACL arn:theirs, but has none" in found(drift.web_acl, world)
    acl.there = "arn:others"
    assert "but has arn:others" in found(drift.web_acl, world)


# The lock


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("RUNNING", ""),
        ("FAILED", "holds the lock, but is FAILED: invoke the function abort-upgrade"),
        ("TIMED_OUT", "holds the lock, but is TIMED_OUT"),
        ("ABORTED", "holds the lock, but is ABORTED"),
        ("SUCCEEDED", "holds the lock, but is SUCCEEDED"),
        ("", "holds the lock, but is unknown"),
    ],
)
def test_a_lock_is_held_by_a_run_that_runs(status: str, told: str) -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE)
    world.services.executions.statuses[run.execution] = status
    there = found(drift.lock, world)
    assert told in there
    assert bool(there) is bool(told)


def test_a_lock_that_was_given_back_or_has_lapsed_is_no_matter() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE)
    assert found(drift.lock, world)
    world.clock.advance(seconds=run.plan.configuration.longest_run_seconds)
    assert not found(drift.lock, world)
    run.close_upgrade("discarded")
    assert not found(drift.lock, world)


# The approval


def test_an_approval_that_expired_and_still_waits_is_told_after_an_hour() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE).through("await_approval")
    world.clock.advance(seconds=run.plan.configuration.approval.expiry_seconds, hours=1)
    assert not found(drift.approval, world)
    world.clock.advance(seconds=1)
    told = "run-1 waits for an approval that expired 2026-03-02 12:"
    assert found(drift.approval, world).startswith(told)


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_run_that_missed_its_decision_is_told_after_an_hour(decision: str) -> None:
    world = Pipeline()
    Run(world, image=IMAGE).through("await_approval")
    world.services.callbacks.waiting.clear()
    world.answers(decision)
    world.clock.advance(hours=1)
    assert not found(drift.approval, world)
    world.clock.advance(seconds=1)
    told = f"run-1 was {decision} by Ada at 2026-03-01 "
    assert found(drift.approval, world).startswith(told)


@pytest.mark.parametrize("last", ["freeze_directory", "shift_traffic", "bake"])
def test_a_run_that_goes_on_after_its_decision_has_not_missed_it(last: str) -> None:
    world = Pipeline()
    Run(world, image=IMAGE).through(last)
    world.clock.advance(hours=2)
    assert not found(drift.approval, world)


def test_a_run_that_turned_back_after_its_decision_has_not_missed_it() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE).through("approve")
    run.way_back()
    world.clock.advance(hours=2)
    assert not found(drift.approval, world)
    run.discard_candidate()
    assert not found(drift.approval, world)


def test_an_approval_that_was_decided_has_not_expired() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE).through("approve")
    world.clock.advance(seconds=run.plan.configuration.approval.expiry_seconds, hours=2)
    assert not found(drift.approval, world)


# Candidates that nobody wants any more


def candidate(role: Role = Role.CANDIDATE, status: str = "CREATE_COMPLETE") -> Pipeline:
    world = Pipeline()
    world.record(CANDIDATE, role, IMAGE)
    world.stacks.stacks[CANDIDATE] = Stack(CANDIDATE, status)
    return world


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.DISCARDED])
@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"])
def test_a_stack_that_belongs_to_no_run_costs_money(role: Role, status: str) -> None:
    assert found(drift.candidates, candidate(role, status)) == (
        f"stack hpc-r2 ({status}) is a {role} candidate of hpc-r2, which is over: delete it,"
        " if no job runs on it"
    )


@pytest.mark.parametrize("role", [Role.LIVE, Role.PREVIOUS, Role.ROLLED_BACK])
def test_what_is_kept_on_purpose_is_not_forgotten(role: Role) -> None:
    assert not found(drift.candidates, candidate(role))


def test_what_is_going_or_gone_costs_nothing() -> None:
    world = candidate(status="DELETE_IN_PROGRESS")
    assert not found(drift.candidates, world)
    del world.stacks.stacks[CANDIDATE]
    assert not found(drift.candidates, world)


# Releases that were kept for a way back


def left(role: Role, **more: Any) -> Pipeline:
    world = candidate(role)
    release = world.services.releases.get("hpc", CANDIDATE)
    world.services.releases.add(release.model_copy(update=more))
    return world


@pytest.mark.parametrize("role", [Role.PREVIOUS, Role.ROLLED_BACK])
def test_a_release_is_kept_for_its_days_and_told_of_afterwards(role: Role) -> None:
    world = left(role, users_left_at=NOON)
    world.clock.advance(days=14)
    assert not found(drift.kept, world)
    world.clock.advance(days=1)
    told = f"stack hpc-r2 (CREATE_COMPLETE) is {role} and was kept until 2026-03-15: end its jobs"
    assert found(drift.kept, world).startswith(told)
    world.stacks.stacks[CANDIDATE] = Stack(CANDIDATE, "DELETE_IN_PROGRESS")
    assert not found(drift.kept, world)
    del world.stacks.stacks[CANDIDATE]
    assert not found(drift.kept, world)


def test_how_long_a_release_is_kept_was_said_when_users_left_it() -> None:
    world = left(Role.PREVIOUS, kept_until=NOON + timedelta(days=30), users_left_at=NOON)
    world.clock.advance(days=29)
    assert not found(drift.kept, world)
    world.clock.advance(days=2)
    assert found(drift.kept, world)


@pytest.mark.parametrize("role", [Role.PREVIOUS, Role.ROLLED_BACK])
def test_a_release_whose_days_nobody_counted_is_not_advised_to_be_deleted(role: Role) -> None:
    """Its role was set by hand; it may be old, and users may have left it today."""
    world = candidate(role)
    world.clock.advance(days=400)
    assert found(drift.kept, world) == (
        f"hpc-r2 is {role}, but has no end of its retention: set kept_until of its item in"
        " the release table"
    )


@pytest.mark.parametrize("role", [Role.LIVE, Role.CANDIDATE, Role.DISCARDED])
def test_what_is_no_way_back_was_not_kept_as_one(role: Role) -> None:
    world = candidate(role)
    world.clock.advance(days=400)
    assert not found(drift.kept, world)


# The distribution's newest AMI

TOMORROW = NOON + timedelta(days=1)


def aged(days: int, newer_after: int = 1) -> Pipeline:
    """Live's image is so old, and after some days its distribution has had a newer AMI."""
    world = Pipeline()
    world.images.images[IMAGE] = replace(world.images.images[IMAGE], created=NOON)
    world.has_base(ami(8), NOON + timedelta(days=newer_after))
    world.clock.time = NOON + timedelta(days=days)
    return world


def test_an_old_image_is_told_once_its_distribution_has_a_newer_one() -> None:
    told = found(drift.base, aged(30))
    assert told.startswith(f"{IMAGE} is 30 days old, and its distribution has had a newer AMI")
    assert f"{ami(8)}, since 2026-03-02: check that the image pipeline runs" in told


def test_a_young_image_or_one_newer_than_its_distributions_is_fine() -> None:
    assert not found(drift.base, aged(29))
    assert not found(drift.base, aged(365, newer_after=-1))


def test_the_next_image_counts_before_lives() -> None:
    world = aged(30)
    young = ami(9)
    world.images.images[young] = replace(world.images.images[IMAGE], image=young, created=TOMORROW)
    world.services.pointers.set("next", young)
    assert not found(drift.base, world)


@pytest.mark.parametrize("image", [IMAGE, ami(8)])
def test_of_what_nobody_knows_the_age_nothing_is_told_but_a_base(image: str) -> None:
    world = aged(365)
    world.images.images[image] = replace(world.images.images[image], created=None)
    told = f"images.base_parameter: {BASE_PARAMETER} does not name an existing AMI"
    assert found(drift.base, world) == ("" if image == IMAGE else told)


def test_a_base_that_does_not_exist_is_told() -> None:
    world = Pipeline(base_parameter=f"{BASE_PARAMETER}-old")
    told = f"images.base_parameter: {BASE_PARAMETER}-old does not name an existing AMI"
    assert found(drift.base, world) == told


def test_without_a_base_parameter_no_base_is_looked_at() -> None:
    world = aged(365)
    images = world.services.configurations.read("hpc").images
    world.configure(images=images.model_copy(update={"base_parameter": ""}))
    assert not found(drift.base, world)


# Who hears of all this


def test_that_nobody_is_subscribed_is_told() -> None:
    world = Pipeline()
    world.services.mail.confirmed = 0
    assert found(drift.subscribers, world).startswith(
        "no subscription to the SNS topic is confirmed"
    )


APPROVER = Subscriber("email", "Approver@example.com")


@pytest.mark.parametrize(
    ("subscribed", "told"),
    [
        ([APPROVER], 0),
        ([APPROVER, Subscriber("email", "mallory@example.com")], 1),
        ([APPROVER, Subscriber("email-json", "approver@example.com")], 0),
        ([Subscriber("https", "https://chat.example.com/hook"), APPROVER], 1),
        ([Subscriber("sqs", "arn:aws:sqs:us-east-1:123456789012:all"), Subscriber("sms", "")], 2),
        ([Subscriber("https", "approver@example.com")], 1),
    ],
)
def test_subscribers_whom_nobody_expects_are_told(subscribed: list[Subscriber], told: int) -> None:
    world = Pipeline()
    world.services.mail.subscribed = subscribed
    world.configure(approval=Approval(subscribers=("approver@example.com",)))
    findings = list(drift.subscribers(world.services))
    assert len(findings) == told
    assert all("could approve upgrades" in each for each in findings)


def test_a_configuration_that_names_no_subscriber_expects_anybody() -> None:
    world = Pipeline()
    world.services.mail.subscribed = [Subscriber("https", "https://chat.example.com/hook")]
    assert not found(drift.subscribers, world)


# The day's snapshot


def exports(world: World) -> int:
    return world.hosts.documents_run(world.live.instance).count("export_identities")


def test_a_snapshot_is_kept_of_each_day_and_once_only() -> None:
    world = Pipeline()
    before = exports(world)
    for _ in range(3):
        assert not found(drift.backup, world)
    assert world.evidence.exists(TODAY)
    assert exports(world) == before + 1
    world.clock.advance(days=1)
    found(drift.backup, world)
    assert world.evidence.exists(TODAY.replace("03-01", "03-02"))


def test_none_is_taken_while_a_run_holds_the_lock() -> None:
    world = Pipeline()
    run = Run(world, image=IMAGE)
    before = exports(world)
    found(drift.backup, world)
    assert exports(world) == before
    run.close_upgrade("discarded")
    found(drift.backup, world)
    assert exports(world) == before + 1


def test_none_is_taken_of_a_directory_that_others_run() -> None:
    base = "dc=site,dc=org"
    world = World(speaking=(SOCA_24_10.at(base), SOCA_26_4.at(base)), site="site-1")
    before = exports(world)
    assert not found(drift.backup, world)
    assert (exports(world), world.evidence.exists(TODAY)) == (before, False)


def test_a_live_that_nobody_thawed_is_told_once_a_day() -> None:
    world = Pipeline()
    world.live.frozen = True
    said = found(drift.backup, world)
    assert "hpc-r1 is read-only although no upgrade is active" in said
    assert "Run the SSM document changeover-hpc-thaw-directory on i-live" in said
    assert world.evidence.exists(TODAY)
    assert not found(drift.backup, world)


def test_a_host_that_does_not_answer_is_told_and_asked_again() -> None:
    world = Pipeline()
    world.hosts.unreachable.add(world.live.instance)
    assert "does not answer SSM: no snapshot is taken" in found(drift.backup, world)
    world.hosts.unreachable.clear()
    assert not found(drift.backup, world)
    assert world.evidence.exists(TODAY)
