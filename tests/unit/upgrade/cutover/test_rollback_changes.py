"""What users changed on the candidate comes back to live, once, and never over a newer word."""

import pytest

from changeover.cluster.configuration import Ceilings
from changeover.errors import Conflict, Transient, Unhealthy
from changeover.identities import directories
from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6
from changeover.upgrade.cutover.freeze import PARITY
from changeover.upgrade.transfer import snapshots
from tests.support.directory import account, entry, scaffold
from tests.support.run import Run
from tests.support.world import World

MANY = ["mary", "jdoe", *(f"user{n}" for n in range(20))]


def shifted(world: World) -> Run:
    return Run(world).through("shift_traffic")


def test_what_users_changed_on_the_candidate_is_back_on_live() -> None:
    world = World(users=MANY)
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    world.add_user("newcomer", on="hpc-r2")
    world.remove_user("jdoe", on="hpc-r2")
    assert run.way_back() == 4
    assert world.logs_in("mary", "Autumn_2021")
    assert world.logs_in("newcomer")
    assert not world.logs_in("jdoe")


def test_lives_own_accounts_stay_through_a_way_back() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.way_back()
    assert world.logs_in("socaadmin", "Admin#2021")


def test_rolling_back_again_brings_nothing_back_twice() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    assert run.way_back() == 1
    assert run.replay_changes().changes == 0
    assert run.way_back() == 0
    assert world.logs_in("mary", "Autumn_2021")


def test_what_a_user_changed_on_live_since_is_not_undone_by_a_second_try() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.way_back()
    world.change_password("mary", "Winter_2021", on="hpc-r1")
    with pytest.raises(Conflict, match="changed on both releases, .* uid=mary"):
        run.replay_changes()
    assert world.logs_in("mary", "Winter_2021")


def test_what_was_changed_on_both_is_lives_and_all_the_rest_comes_back() -> None:
    world = World(users=MANY)
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    world.change_password("jdoe", "Autumn_2022", on="hpc-r2")
    world.add_user("newcomer", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    world.change_password("mary", "Winter_2021", on="hpc-r1")
    other_version = "releases/hpc-r2/run-1/roll-back.ldif.gz"
    with pytest.raises(Conflict, match="uid=mary") as conflict:
        run.replay_changes()
    assert str(conflict.value).endswith(f"The other version is in {other_version}")
    assert "jdoe" not in str(conflict.value)
    assert world.services.evidence.exists(other_version)
    assert world.logs_in("mary", "Winter_2021")
    assert world.logs_in("jdoe", "Autumn_2022")
    assert world.logs_in("newcomer")


def test_what_stands_below_a_disputed_entry_waits_with_it() -> None:
    world = World(users=MANY)
    run = shifted(world)
    unit = f"ou=lab,{SOCA_2_6.people}"
    world.candidate.directory |= entry(unit, objectClass="organizationalUnit", ou="lab")
    world.candidate.directory |= entry(f"cn=p,{unit}", objectClass="device", cn="p")
    world.change_password("jdoe", "Autumn_2022", on="hpc-r2")
    world.live.directory |= entry(f"uid=mary,{SOCA_2_6.people}", objectClass="device", uid="mary")
    world.live.directory |= entry(unit, objectClass="container", ou="lab")
    world.live.frozen = False
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    with pytest.raises(Conflict, match="ou=lab"):
        run.replay_changes()
    assert world.logs_in("jdoe", "Autumn_2022")


def test_a_parent_that_live_needs_still_is_not_removed_from_above_its_children() -> None:
    world = World(users=MANY)
    unit = f"ou=lab,{SOCA_2_6.people}"
    world.live.directory |= entry(unit, objectClass="organizationalUnit", ou="lab")
    run = shifted(world)
    del world.candidate.directory[dn.normal(unit)]
    world.change_password("jdoe", "Autumn_2022", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    world.live.directory |= entry(f"cn=p,{unit}", objectClass="device", cn="p")
    with pytest.raises(Conflict, match="ou=lab"):
        run.replay_changes()
    assert dn.normal(unit) in world.live.directory
    assert world.logs_in("jdoe", "Autumn_2022")


def with_a_key(world: World, release: str, user: str) -> None:
    """A class, and an attribute of it, that SOCA's own schema has not."""
    directory = world.live.directory if release == "hpc-r1" else world.candidate.directory
    name = dn.normal(f"uid={user},{SOCA_2_6.people}")
    person = directory[name]
    more = {"objectclass": person.attributes["objectclass"] | {b"ldapPublicKey"}}
    more["sshpublickey"] = frozenset([b"ssh-ed25519 AAAA"])
    directory[name] = Entry(person.dn, {**person.attributes, **more})


def test_what_lives_schema_may_not_know_is_told_and_all_the_rest_comes_back() -> None:
    world = World(users=MANY)
    run = shifted(world)
    with_a_key(world, "hpc-r2", "mary")
    world.change_password("jdoe", "Autumn_2022", on="hpc-r2")
    with pytest.raises(Conflict) as conflict:
        run.way_back()
    assert str(conflict.value).startswith(
        "not possible on hpc-r1: uid=mary,ou=People,dc=soca,dc=local has ldappublickey,"
        " sshpublickey, which hpc-r1's LDAP schema may not know. The other version is in "
    )
    assert world.logs_in("mary")
    assert world.logs_in("jdoe", "Autumn_2022")


def test_what_somebody_has_on_live_live_can_take_back() -> None:
    world = World(users=MANY, accepted_findings=(Rule.UNKNOWN_CLASS, Rule.UNKNOWN_ATTRIBUTE))
    with_a_key(world, "hpc-r1", "jdoe")
    run = shifted(world)
    with_a_key(world, "hpc-r2", "mary")
    assert run.way_back() == 1
    mary = world.live.directory[dn.normal(f"uid=mary,{SOCA_2_6.people}")]
    assert mary.first("sshpublickey") == b"ssh-ed25519 AAAA"


def test_who_was_just_deleted_to_be_made_anew_is_added_by_the_next_try() -> None:
    world = World(users=MANY)
    run = shifted(world)
    name = dn.normal(f"uid=mary,{SOCA_2_6.people}")
    there = world.candidate.directory
    there[name] = there[name].renamed(f"uid=Mary,{SOCA_2_6.people}")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    del world.live.directory[name]  # as far as a try got that was broken off
    assert run.replay_changes().changes == 1
    assert world.live.directory[name].dn.startswith("uid=Mary,")


def test_the_same_change_on_both_is_no_dispute() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    world.change_password("mary", "Autumn_2021", on="hpc-r1")
    assert run.replay_changes().changes == 0


def test_a_moment_of_parity_that_somebody_tampered_with_is_not_trusted() -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    other = (scaffold() | account("mary", "Theirs#2021", 5002)).values()
    parity = snapshots.key("hpc-r2", "run-1", PARITY)
    text = b"".join(directories.write_directory(other))
    snapshots.store(text, parity, world.services.evidence)
    before = dict(world.live.directory)
    with pytest.raises(Unhealthy, match="parity.ldif.gz is not what was stored there"):
        run.replay_changes()
    assert world.live.directory == before


def test_a_capture_that_was_tampered_with_is_not_replayed() -> None:
    world = World()
    run = shifted(world)
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    text = b"".join(directories.write_directory(scaffold().values()))
    snapshots.store(text, run.captured.snapshot.key, world.services.evidence)
    with pytest.raises(Unhealthy, match="is not what hpc-r2's host exported"):
        run.replay_changes()
    assert world.logs_in("mary")


def test_changes_that_look_like_a_disaster_are_not_brought_back() -> None:
    world = World(ceilings=Ceilings(deletions=0))
    run = shifted(world)
    world.remove_user("jdoe", on="hpc-r2")
    with pytest.raises(Unhealthy, match="would be deleted"):
        run.way_back()
    assert world.logs_in("jdoe")
    assert not world.live.frozen


def test_a_return_that_was_interrupted_is_finished_by_the_next_try(monkeypatch) -> None:
    world = World()
    run = shifted(world)
    world.change_password("mary", "Autumn_2021", on="hpc-r2")

    def lost(*_: object, **__: str) -> None:
        raise Transient("SSM is busy")

    with monkeypatch.context() as once:
        once.setattr(world.hosts, "_apply_delta", lost)
        with pytest.raises(Transient):
            run.way_back()
    assert run.replay_changes().changes == 1
    assert world.logs_in("mary", "Autumn_2021")
