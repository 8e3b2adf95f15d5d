"""What runs today becomes the live release, once it is known to be good, and is not changed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changeover.cluster.release import Role
from changeover.errors import Conflict, Refused, Transient
from changeover.operations.adopt import Adopted, Adoption, adopt_release
from changeover.soca.dialect import SOCA_2_6, SOCA_24_10, SOCA_26_4
from changeover.soca.directory_provider import Provider
from tests.support.fakes import CLOSED, FakeReleases
from tests.support.run import Run
from tests.support.world import CANDIDATE, IMAGE, LIVE, World

EDH = SOCA_26_4.at("dc=edh-green,dc=local")
SITE = SOCA_24_10.at("dc=site,dc=org")


def fresh(**kind: Any) -> World:
    """A cluster that nobody has adopted yet: its front door is closed."""
    world = World(**kind)
    world.services.releases.recorded.clear()
    world.front_door.rule = None
    world.front_door.targets.clear()
    return world


def refusal(world: World, **asked: Any) -> str:
    with pytest.raises(Refused) as caught:
        world.adopt(**asked)
    assert world.front_door.weights() == {}
    assert world.front_door.previewed is None
    assert world.live_on_record == []
    assert world.lock_owner == ""
    return str(caught.value)


def test_an_adopted_release_is_live_and_gets_the_users() -> None:
    world = fresh()
    release = world.adopt(leave_out=("socaadmin",))
    assert (release.name, release.role, release.instance) == ("hpc-r1", Role.LIVE, "i-live")
    assert release.leave_out == ("socaadmin",)
    assert world.users_are_on == "hpc-r1"
    assert world.front_door.previewed is None
    assert world.lock_owner == ""


def test_adoption_does_not_change_the_release() -> None:
    world = fresh()
    before = dict(world.live.directory)
    world.adopt()
    assert set(world.hosts.documents_run("i-live")) == {"read_marker", "probe_release"}
    assert world.live.directory == before


def adopting(world: World, **asked: Any) -> Adopted:
    return adopt_release(Adoption(stack=LIVE, **asked), world.services)


def test_an_adopted_stack_is_protected_against_deletion_and_again_too() -> None:
    world = fresh()
    for _ in range(2):
        assert adopting(world).findings == ()
        assert world.stacks.stacks[LIVE].protected


@pytest.mark.parametrize("error", [Conflict, Transient])
def test_a_stack_that_cannot_be_protected_is_adopted_and_told(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fresh()

    def fail(_: str) -> None:
        raise error("UpdateTerminationProtection: no")

    monkeypatch.setattr(world.stacks, "protect", fail)
    (finding,) = adopting(world).findings
    assert "hpc-r1" in finding
    assert "UpdateTerminationProtection: no" in finding
    assert world.live_on_record == [LIVE]


def test_an_adopted_scheduler_gets_the_cluster_s_tag_before_its_first_document() -> None:
    """The world's hosts refuse documents without it, as IAM does; so 0.1.0's live gets it too."""
    world = fresh()
    world.hosts.marks.clear()
    for _ in range(2):
        world.adopt()
        assert world.hosts.marks == {"i-live": "hpc"}


def test_a_scheduler_of_another_cluster_is_not_taken_over() -> None:
    world = fresh()
    world.hosts.marks["i-live"] = "other"
    assert "i-live is tagged changeover:cluster=other" in refusal(world)
    assert world.hosts.marks == {"i-live": "other"}


def test_a_stack_that_is_refused_is_not_protected() -> None:
    world = fresh()
    world.stacks.stacks[LIVE] = replace(world.stacks.stacks[LIVE], protected=False)
    world.live.lacks.add("scheduler")
    refusal(world)
    assert not world.stacks.stacks[LIVE].protected


@pytest.mark.parametrize("cluster_id", ["soca-prod", "soca-soca-prod"])
def test_a_stack_that_begins_with_soca_s_name_is_known_by_its_scheduler(cluster_id: str) -> None:
    """SOCA's own template takes its name off, the one for existing resources does not."""
    world = fresh()
    world.stacks.stacks["soca-prod"] = world.stacks.stacks[LIVE]
    world.hosts.schedulers = {cluster_id: [world.live.instance]}
    world.live.marker = SOCA_2_6.ready_mark.format(cluster_id=cluster_id)
    world.live.release = "soca-prod"
    assert world.adopt("soca-prod").cluster_id == cluster_id


def test_two_schedulers_that_could_be_a_stack_s_own_are_for_a_person_to_tell_apart() -> None:
    """Stack prod by one of SOCA's templates, stack soca-prod by the other."""
    world = fresh()
    world.stacks.stacks["soca-prod"] = world.stacks.stacks[LIVE]
    world.hosts.schedulers = {"soca-prod": ["i-prod"], "soca-soca-prod": ["i-other"]}
    with pytest.raises(Conflict, match="i-prod of soca-prod, i-other of soca-soca-prod"):
        world.adopt("soca-prod")
    assert world.live_on_record == []


def test_a_release_of_a_later_dialect_is_adopted_as_what_it_is() -> None:
    world = fresh(speaking=(EDH, EDH))
    release = world.adopt(dialect="26.4", base_dn=EDH.base)
    assert (release.role, release.cluster_id) == (Role.LIVE, "edh-hpc-r1")
    assert release.dialect == EDH
    assert world.users_are_on == "hpc-r1"


def test_an_adopted_release_has_the_operating_system_of_its_stack() -> None:
    world = fresh()
    world.stacks.stacks[LIVE] = replace(
        world.stacks.stacks[LIVE], parameters={"BaseOS": "amazonlinux2"}
    )
    assert world.adopt().base_os == "amazonlinux2"


def test_a_later_release_is_not_found_by_the_tags_of_an_earlier_one() -> None:
    world = fresh(speaking=(EDH, EDH))
    assert "no running scheduler host has a tag" in refusal(world, dialect="2.6")


def test_a_release_that_uses_a_directory_of_others_is_adopted() -> None:
    world = fresh(speaking=(SITE, SITE), site="9f1c-aa")
    release = world.adopt(dialect="24.10", provider=Provider.EXISTING_OPENLDAP, base_dn=SITE.base)
    assert (release.role, release.provider) == (Role.LIVE, Provider.EXISTING_OPENLDAP)


def test_a_directory_of_others_that_cannot_be_reached_is_noticed_by_the_login() -> None:
    world = fresh(speaking=(SITE, SITE), site="9f1c-aa")
    world.live.lacks.add("login")
    said = refusal(world, dialect="24.10", provider=Provider.EXISTING_OPENLDAP, base_dn=SITE.base)
    assert "cannot log in to the web interface" in said


def test_a_provider_that_the_dialect_does_not_have_is_refused() -> None:
    said = refusal(fresh(), provider=Provider.EXISTING_OPENLDAP)
    assert "SOCA 2.6 does not support existing_openldap, only openldap" in said


@pytest.mark.parametrize("by", ["rule", "default_actions"])
def test_users_of_something_that_is_not_on_record_are_not_taken_from_it(by: str) -> None:
    world = fresh()
    theirs = {world.front_door.target_group_arn("theirs"): 1}
    setattr(world.front_door, by, [{"Type": "forward", "Weights": theirs}])
    with pytest.raises(Refused, match="belongs to no recorded release"):
        world.adopt()
    assert (world.front_door.weights() or world.front_door.default_weights()) == theirs
    assert world.lock_owner == ""


def test_the_image_is_the_one_named_or_the_stacks() -> None:
    assert fresh().adopt().image == IMAGE
    assert fresh().adopt(image="ami-0fedcba9876543210").image == "ami-0fedcba9876543210"


def test_adopting_again_checks_again_and_moves_nobody() -> None:
    world = World()
    actions = world.front_door.actions()
    world.adopt(leave_out=("socaadmin",))
    assert world.front_door.actions() == actions
    assert world.live_on_record == ["hpc-r1"]


def test_adopting_again_forgets_nothing_that_is_known() -> None:
    world = World()
    world.adopt()
    assert world.services.releases.get("hpc", "hpc-r1").leave_out == ("socaadmin",)


def test_a_live_release_whose_rule_was_deleted_is_opened_again() -> None:
    world = World()
    world.front_door.rule = None
    world.adopt()
    assert world.users_are_on == "hpc-r1"


def as_0_1_0_left_it() -> World:
    """The listener's default action sends users to live, and there is no rule."""
    world = World()
    door = world.front_door
    door.default_actions, door.rule = door.rule or [], None
    return world


def test_an_installation_of_0_1_0_moves_over_and_users_meet_nothing_but_live() -> None:
    world = as_0_1_0_left_it()
    saved = list(world.front_door.default_actions)
    world.front_door.sent.clear()
    world.adopt()
    assert world.front_door.rule == world.front_door.default_actions == saved
    assert world.front_door.sent == [LIVE]


def test_the_rule_of_0_1_0_is_made_though_live_is_ill_for_users_lose_nothing_by_it() -> None:
    world = as_0_1_0_left_it()
    live = world.services.releases.get("hpc", LIVE).target_group
    world.front_door.states[live] = ("unhealthy", "Target.Timeout")
    world.adopt()
    assert world.users_are_on == LIVE


def test_an_upgrade_of_0_1_0_is_refused_until_live_is_adopted_again() -> None:
    world = as_0_1_0_left_it()
    with pytest.raises(Refused, match="invoke adopt_release for the release that users are on now"):
        Run(world)
    world.adopt()
    assert Run(world).plan.candidate == CANDIDATE


def test_what_the_template_says_of_its_listener_is_nothing_to_users() -> None:
    world = as_0_1_0_left_it()
    world.adopt()
    world.front_door.default_actions = [CLOSED]
    assert world.users_are_on == LIVE
    Run(world).through("shift_traffic")
    assert world.users_are_on == CANDIDATE


def test_a_second_live_release_is_refused() -> None:
    world = World()
    world.stacks.stacks["other"] = replace(world.stacks.stacks["hpc-r1"], name="other")
    with pytest.raises(Refused, match="hpc-r1 is recorded as live already"):
        world.adopt("other")
    assert world.users_are_on == "hpc-r1"


def test_nothing_is_adopted_while_a_run_holds_the_lock() -> None:
    world = World()
    run = Run(world)
    with pytest.raises(Refused, match="is locked by"):
        world.adopt()
    assert world.lock_owner == run.execution


def test_a_stack_that_does_not_exist_is_refused_with_every_reason() -> None:
    world = fresh()
    with pytest.raises(Refused, match="no such stack .*; no running scheduler host has a tag"):
        world.adopt("hpc-r9")


def test_a_stack_that_is_not_usable_is_refused() -> None:
    world = fresh()
    world.stacks.stacks["hpc-r1"] = replace(world.stacks.stacks["hpc-r1"], status="DELETE_FAILED")
    assert "its stack is DELETE_FAILED" in refusal(world)


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_was_updated_is_usable(status: str) -> None:
    world = fresh()
    world.stacks.stacks["hpc-r1"] = replace(world.stacks.stacks["hpc-r1"], status=status)
    assert world.adopt().role is Role.LIVE


def test_a_scheduler_that_does_not_answer_is_refused() -> None:
    world = fresh()
    world.hosts.unreachable.add("i-live")
    assert "its scheduler i-live does not answer SSM" in refusal(world)


def test_without_the_probe_accounts_secret_nothing_is_adopted() -> None:
    world = fresh()
    world.services.secrets.names.clear()
    assert "the secret changeover/hpc/probe does not exist" in refusal(world)


def test_an_installation_that_is_not_finished_is_refused() -> None:
    world = fresh()
    world.live.marker = "Welcome"
    assert "/etc/motd does not have the text" in refusal(world)


def test_a_probe_account_that_was_not_made_is_hinted_at() -> None:
    world = fresh()
    world.remove_user("changeoverprobe")
    assert "create the probe account on this release, as docs/operate.md says" in refusal(world)


def test_a_release_that_the_load_balancer_finds_ill_gets_no_users() -> None:
    world = fresh()
    target_group = world.front_door.target_group_arn("hpc-r1")
    world.front_door.states[target_group] = ("unhealthy", "Target.Timeout")
    assert "the load balancer reports it as unhealthy" in refusal(world)


def test_the_lock_of_an_adoption_that_died_expires() -> None:
    world = World()
    now = world.clock.now()
    world.services.releases.acquire("hpc", "adopt:other", now, now + timedelta(seconds=1800))
    world.clock.advance(seconds=1801)
    assert world.adopt().role is Role.LIVE


def test_a_record_that_cannot_be_written_is_written_by_the_next_try(monkeypatch) -> None:
    world = fresh()
    with monkeypatch.context() as once:
        once.setattr(FakeReleases, "record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.adopt()
    assert world.lock_owner == ""
    assert world.adopt().role is Role.LIVE


def test_the_release_before_is_live_again_once_the_record_gives_way() -> None:
    """As the runbook has it for who wants to go back after a run has completed."""
    world = World()
    run = Run(world).through("complete_upgrade")
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Refused, match="hpc-r2 is recorded as live already"):
        world.adopt(LIVE)
    assert world.users_are_on == CANDIDATE
    newer = world.services.releases.get("hpc", CANDIDATE)
    world.services.releases.add(newer.as_(Role.PREVIOUS))
    world.adopt(LIVE)
    assert (world.users_are_on, world.live_on_record) == (LIVE, [LIVE])
    assert world.live.frozen  # until a person thaws it
