"""From one family of SOCA releases to another and back: everybody is there, by the names there."""

import pytest

from changeover.errors import Conflict, Refused
from changeover.identities import directories, scope
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, SOCA_24_10, SOCA_26_4, Dialect
from changeover.upgrade.transfer import migrate
from tests.support.directory import account, entry, scaffold, shared_group
from tests.support.skip_preflight import UnguardedRun
from tests.support.world import World

THERE = [
    SOCA_2_7.at("dc=hpc,dc=local"),
    SOCA_24_10.at("dc=soca-green,dc=local"),
    SOCA_26_4.at("dc=edh-green,dc=local"),
]
MANY = ["mary", "jdoe", *(f"user{n}" for n in range(20))]
every_dialect = pytest.mark.parametrize("there", THERE, ids=lambda dialect: dialect.name)


def going(there: Dialect, last: str) -> tuple[World, UnguardedRun]:
    world = World(users=MANY, speaking=(SOCA_2_6, there))
    return world, UnguardedRun(world).through(last)


def names(*entries: str) -> set[str]:
    return {dn.normal(each) for each in entries}


@every_dialect
def test_everybody_moves_and_is_proved_equal(there: Dialect) -> None:
    world, run = going(there, "import_identities")
    assert run.imported.digest == run.exported.digest
    assert run.imported.counts == run.exported.counts
    assert all(world.logs_in(user, on="hpc-r2") for user in MANY)


@every_dialect
def test_people_and_their_groups_are_called_as_the_candidate_calls_them(there: Dialect) -> None:
    world, _ = going(there, "import_identities")
    assert names(*there.account_entries("mary")) <= world.candidate.directory.keys()
    assert f"cn=mary,{dn.normal(there.groups)}" not in world.candidate.directory
    assert world.candidate.directory.keys() == scope.movable(
        world.candidate.directory, there, ()
    ).keys() | names(*there.scaffold)


@every_dialect
def test_the_candidates_scaffold_stays_and_its_installers_accounts_go(there: Dialect) -> None:
    world, _ = going(there, "import_identities")
    assert scaffold(there).items() <= world.candidate.directory.items()
    installers = ("bootstrap-hpc-r2", "socaadmin", *there.bootstrap_accounts)
    assert not any(
        name in world.candidate.directory
        for account in installers
        for name in names(*there.account_entries(account))
    )


@every_dialect
def test_importing_again_finds_everybody_there(there: Dialect) -> None:
    world, run = going(there, "import_identities")
    world.hosts.calls.clear()
    assert run.import_identities() == run.imported
    assert world.hosts.documents_run("i-hpc-r2") == ["export_identities"]


@every_dialect
def test_what_changes_until_the_freeze_comes_over(there: Dialect) -> None:
    world, run = going(there, "approve")
    world.add_user("newcomer")
    world.remove_member("jdoe", "cfdteam")
    world.change_password("mary", "Autumn_2021")
    assert run.freeze_directory().changes == 4
    assert world.live.frozen
    assert world.logs_in("newcomer", on="hpc-r2")
    assert world.logs_in("mary", "Autumn_2021", on="hpc-r2")
    team = world.candidate.directory[dn.normal(f"cn=cfdteam,{there.groups}")]
    assert team.attributes["memberuid"] == {user.encode() for user in MANY if user != "jdoe"}
    private = world.candidate.directory[dn.normal(there.account_entries("newcomer")[1])]
    assert private.first("cn") == b"newcomersocagroup"


@every_dialect
def test_both_are_equal_when_users_are_sent_over(there: Dialect) -> None:
    world, run = going(there, "approve")
    world.add_user("newcomer")
    run.freeze_directory()
    run.shift_traffic()
    candidate = world.services.releases.get("hpc", "hpc-r2")
    identities = migrate.live_identities(world.live.directory, run.plan)
    on_live = migrate.converted(identities, run.plan)
    on_candidate = migrate.movable(world.candidate.directory, candidate)
    assert directories.digest(on_candidate) == directories.digest(on_live)
    assert run.freeze_directory().changes == 0


@every_dialect
def test_what_users_changed_on_the_candidate_is_back_on_live_in_lives_words(there: Dialect) -> None:
    world, run = going(there, "shift_traffic")
    world.add_user("newcomer", on="hpc-r2")
    world.remove_member("jdoe", "cfdteam", on="hpc-r2")
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    before = dict(world.live.directory)
    assert run.way_back() == 4
    assert world.users_are_on == "hpc-r1"
    assert not world.live.frozen
    assert world.logs_in("newcomer")
    assert world.logs_in("mary", "Autumn_2021")
    assert world.live.directory.keys() - before.keys() == account("newcomer", "", 7000).keys()
    assert world.live.directory.items() >= account("newcomer", "newcomer#2021", 7000).items()


@every_dialect
def test_a_way_back_without_a_change_leaves_live_as_it_was(there: Dialect) -> None:
    world, run = going(there, "shift_traffic")
    before = dict(world.live.directory)
    assert run.way_back() == 0
    assert world.live.directory == before


@every_dialect
def test_rolling_back_again_brings_nothing_back_twice(there: Dialect) -> None:
    world, run = going(there, "shift_traffic")
    world.add_user("newcomer", on="hpc-r2")
    assert run.way_back() == 2
    before = dict(world.live.directory)
    assert run.replay_changes().changes == 0
    assert world.live.directory == before


@every_dialect
def test_a_group_that_live_could_not_tell_from_a_private_one_is_left_to_a_person(
    there: Dialect,
) -> None:
    world, run = going(there, "shift_traffic")
    name = f"cn=mary,{there.groups}"
    world.candidate.directory |= entry(name, objectClass="posixGroup", cn="mary", gidNumber="5002")
    before = dict(world.live.directory)
    with pytest.raises(Conflict, match="give it another name or gid"):
        run.way_back()
    assert world.users_are_on == "hpc-r1"
    assert (world.live.frozen, world.live.directory) == (False, before)


@every_dialect
def test_what_collides_on_live_holds_nobody_else_up(there: Dialect) -> None:
    world, run = going(there, "shift_traffic")
    world.candidate.directory |= shared_group("mary", 6001, ["jdoe"], there)
    world.add_user("newcomer", on="hpc-r2")
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    before = dict(world.live.directory)
    with pytest.raises(Conflict, match="both be cn=mary,.*The other version is in .*roll-back"):
        run.way_back()
    assert world.logs_in("newcomer")
    assert world.logs_in("mary", "Autumn_2021")
    (group,) = names(SOCA_2_6.account_entries("mary")[1])
    assert world.live.directory[group] == before[group]


@every_dialect
def test_a_gid_that_changed_on_the_candidate_renames_no_group_of_lives(there: Dialect) -> None:
    world, run = going(there, "shift_traffic")
    (user,) = names(there.account_entries("mary")[0])
    mary = world.candidate.directory[user]
    gid = {"gidnumber": frozenset([b"6000"])}
    world.candidate.directory[user] = Entry(mary.dn, {**mary.attributes, **gid})
    before = world.live.directory.keys()
    assert run.way_back() == 1
    assert world.live.directory.keys() == before


@pytest.mark.parametrize("base", ["DC=hpc,DC=local", "dc=HPC,O=Local"])
def test_a_base_may_be_spelled_in_any_way(base: str) -> None:
    world, run = going(SOCA_2_7.at(base), "approve")
    host = world.candidate
    printed = {name: _as_slapd_prints(each) for name, each in host.directory.items()}
    host.directory = printed
    world.change_password("mary", "Autumn_2021")
    assert run.freeze_directory().changes == 1


def _as_slapd_prints(one: Entry) -> Entry:
    return one.renamed(one.dn.replace("DC=", "dc=").replace("O=", "o="))


def test_a_person_whose_name_the_candidates_installer_takes_stops_the_run() -> None:
    world = World(speaking=(SOCA_2_6, SOCA_26_4.at("dc=edh-green,dc=local")))
    world.add_user("edhadmin")
    with pytest.raises(Refused, match="uid=edhadmin,.* would take the place of"):
        UnguardedRun(world).export_identities()
