"""Live is read-only while its last changes come over, and both are proved equal."""

import pytest

from changeover.cluster.configuration import Ceilings
from changeover.errors import Conflict, Unhealthy
from changeover.ldap import dn
from changeover.upgrade.cutover.freeze import PARITY
from changeover.upgrade.transfer import snapshots
from tests.support.directory import user_dn
from tests.support.run import Run
from tests.support.world import World


def approved(world: World) -> Run:
    return Run(world).through("approve")


def frozen(world: World) -> Run:
    return Run(world).through("freeze_directory")


def test_live_is_read_only_and_people_still_log_in() -> None:
    world = World()
    frozen(world)
    assert world.live.frozen
    assert world.logs_in("mary", on="hpc-r1")


def test_what_changed_since_the_export_comes_over() -> None:
    world = World(users=["mary", "jdoe", *(f"user{n}" for n in range(20))])
    run = approved(world)
    world.change_password("mary", "Autumn_2021")
    world.add_user("newcomer")
    world.remove_user("jdoe")
    assert run.freeze_directory().changes == 4
    assert world.logs_in("mary", "Autumn_2021", on="hpc-r2")
    assert world.logs_in("newcomer", on="hpc-r2")
    assert not world.logs_in("jdoe", on="hpc-r2")


def test_what_the_candidate_has_and_live_has_not_goes() -> None:
    world = World()
    run = approved(world)
    world.change_password("mary", "set while looking", on="hpc-r2")
    run.freeze_directory()
    assert world.logs_in("mary", on="hpc-r2")


def test_freezing_again_finds_nothing_left_to_bring_over() -> None:
    world = World()
    run = approved(world)
    world.change_password("mary", "Autumn_2021")
    first = run.freeze_directory()
    again = run.freeze_directory()
    assert (first.changes, again.changes) == (1, 0)
    assert world.logs_in("mary", "Autumn_2021", on="hpc-r2")


def test_the_moment_of_parity_is_on_record_by_its_fingerprint() -> None:
    world = World()
    run = frozen(world)
    candidate = world.services.releases.get("hpc", "hpc-r2")
    kept = snapshots.load_known(
        snapshots.key("hpc-r2", run.plan.run, PARITY), candidate.parity, world.services.evidence
    )
    assert kept == world.candidate.directory


def test_a_run_that_was_redriven_freezes_nothing() -> None:
    world = World()
    with pytest.raises(Unhealthy, match="this execution was redriven"):
        approved(world).freeze_directory(redrives=1)
    assert not world.live.frozen


def test_nothing_is_frozen_on_a_yes_that_is_too_old() -> None:
    world = World()
    run = approved(world)
    world.clock.advance(days=2)
    with pytest.raises(Unhealthy, match="the approval is too old"):
        run.freeze_directory()
    assert not world.live.frozen


def test_a_freeze_that_comes_after_the_way_back_freezes_nothing() -> None:
    world = World()
    run = approved(world)
    run.way_back()
    with pytest.raises(Conflict, match="the run is rolling back from hpc-r2"):
        run.freeze_directory()
    assert not world.live.frozen


def test_a_freeze_that_hung_until_the_way_back_was_over_freezes_nothing(monkeypatch) -> None:
    world = World()
    run = approved(world)
    export = world.hosts._export_identities

    def hangs(*asked: object, **given: str) -> object:
        monkeypatch.setattr(world.hosts, "_export_identities", export)
        run.way_back()
        return export(*asked, **given)

    monkeypatch.setattr(world.hosts, "_export_identities", hangs)
    with pytest.raises(Conflict, match="the run is rolling back from hpc-r2"):
        run.freeze_directory()
    assert not world.live.frozen
    assert "freeze_directory" not in world.hosts.documents_run("i-live")


def test_a_freeze_that_comes_after_the_upgrade_was_completed_freezes_nothing() -> None:
    world = World()
    run = Run(world).through("complete_upgrade")
    run.thaw_directory()
    with pytest.raises(Conflict, match="the run is rolling back from hpc-r2"):
        run.freeze_directory()
    assert not world.live.frozen


def test_nothing_is_frozen_without_a_yes() -> None:
    world = World()
    run = Run(world).through("await_approval")
    with pytest.raises(Unhealthy, match="no approval is on record"):
        run.freeze_directory()
    assert not world.live.frozen


def test_nothing_is_frozen_without_the_lock() -> None:
    world = World()
    run = approved(world)
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.freeze_directory()
    assert not world.live.frozen


def test_changes_that_look_like_a_disaster_are_not_brought_over() -> None:
    world = World(ceilings=Ceilings(deletions=0))
    run = approved(world)
    world.remove_user("jdoe")
    with pytest.raises(Unhealthy, match="would be deleted"):
        run.freeze_directory()
    assert world.logs_in("jdoe", on="hpc-r2")


def test_an_export_without_any_password_stops_the_run_before_users_move() -> None:
    world = World()
    run = approved(world)
    world.live.lacks.add("hashes")
    with pytest.raises(Unhealthy, match="lacks the password hash of 3 of 3 users"):
        run.freeze_directory()


GARBAGE = [b"", b"{SASL}x", b"{SSHA}!x", b"{SSHA}cut", b"Spring#2021", b"!", b"{CRYPT}\xff"]


@pytest.mark.parametrize("value", GARBAGE)
def test_one_user_cannot_stop_an_upgrade_by_a_password_of_his_own(value: bytes) -> None:
    world = World()
    run = approved(world)
    world.write_password("jdoe", value)
    frozen = run.freeze_directory()
    jdoe = dn.normal(user_dn("jdoe"))
    assert world.candidate.directory[jdoe].same(world.live.directory[jdoe])
    opens = value == b"Spring#2021"
    assert frozen.lost_logins.first == (() if opens else (user_dn("jdoe"),))
    assert world.logs_in("mary", on="hpc-r2")


@pytest.mark.parametrize("value", GARBAGE)
def test_nor_before_the_export(value: bytes) -> None:
    world = World()
    world.write_password("jdoe", value)
    frozen = approved(world).freeze_directory()
    assert frozen.lost_logins.number == 0


def test_hashes_that_vanish_by_the_dozen_are_a_disaster() -> None:
    world = World(users=[f"u{n}" for n in range(8)])
    run = approved(world)
    for n in range(5):
        world.write_password(f"u{n}", b"")
    with pytest.raises(Unhealthy, match="5 of 9 users who could log in on hpc-r1 .* 50 % are"):
        run.freeze_directory()


def test_fewer_are_carried_over_and_told() -> None:
    world = World(users=[f"u{n}" for n in range(8)])
    run = approved(world)
    for n in range(4):
        world.write_password(f"u{n}", b"")
    assert run.freeze_directory().lost_logins.number == 4


def test_a_candidate_that_is_not_equal_after_all_changes_is_no_good() -> None:
    world = World()
    run = approved(world)
    world.change_password("mary", "Autumn_2021")
    world.hosts.applies_instead(1)
    with pytest.raises(Unhealthy, match="hpc-r2 is not equal to hpc-r1: 1 different: uid=mary"):
        run.freeze_directory()


def test_how_long_the_approver_took_is_measured_to_the_decision_and_not_to_the_freeze() -> None:
    world = World()
    run = Run(world).through("await_approval")
    world.clock.advance(seconds=90)
    run.approve()
    world.clock.advance(seconds=600)
    assert run.freeze_directory().approval_wait_seconds == 90
