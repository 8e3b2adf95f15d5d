"""What a release keeps stays there; everything else moves, wherever it stands."""

import pytest

from changeover.errors import Refused
from changeover.identities import scope
from changeover.ldap import dn
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, Dialect
from tests.support.directory import Directory, account, entry, scaffold, shared_group

MARY = account("mary", "Spring#2021", 5002, sudo=True)
EVERYBODY = scaffold() | MARY | shared_group("cfdteam", 6000, ["mary"])


def test_the_scaffold_and_the_installers_accounts_do_not_move() -> None:
    directory = EVERYBODY | account("socaadmin", "x", 5001, sudo=True)
    assert scope.movable(directory, SOCA_2_6, ["socaadmin"]) == {
        name: each for name, each in EVERYBODY.items() if name not in scaffold()
    }


def shared_with_others(dialect: Dialect) -> Directory:
    """A group and a sudo role called after the installer's account, which are others' too."""
    (_, group, role) = dialect.account_entries("hpc")
    return (
        account("hpc", "x", 5001, dialect=dialect)
        | shared_group(dn.split(group)[0].removeprefix("cn="), 6000, ["mary"], dialect)
        | entry(role, objectClass="sudoRole", cn="hpc", sudoUser=["hpc", "mary"])
    )


@pytest.mark.parametrize("dialect", [SOCA_2_6, SOCA_2_7], ids=lambda dialect: dialect.name)
def test_what_others_have_of_an_account_that_is_left_out_moves(dialect: Dialect) -> None:
    (user, group, role) = map(dn.normal, dialect.account_entries("hpc"))
    directory = scaffold(dialect) | shared_with_others(dialect)
    assert scope.movable(directory, dialect, ["hpc"]).keys() == {group, role}
    assert scope.excluded(directory, dialect, ["hpc"]) == scaffold(dialect).keys() | {user}


def with_own_group(**more: object) -> Directory:
    """The installer's account, and its group with what more there is in it."""
    group = f"cn=hpc,{SOCA_2_6.groups}"
    role = f"cn=hpc,{SOCA_2_6.sudoers}"
    return (
        account("hpc", "x", 5001)
        | entry(group, objectClass="posixGroup", cn="hpc", gidNumber="5001", **more)
        | entry(role, objectClass="sudoRole", cn="hpc", sudoUser="hpc")
    )


@pytest.mark.parametrize("others", [["mary"], ["hpc", "mary"], ["uid=mary,ou=People"]])
def test_a_group_that_others_are_in_is_not_left_out_whatever_its_gid(others: list[str]) -> None:
    movable = scope.movable(with_own_group(memberUid=others), SOCA_2_6, ["hpc"])
    assert movable.keys() == {dn.normal(f"cn=hpc,{SOCA_2_6.groups}")}


@pytest.mark.parametrize("account", ["hpc", "HPC"])
@pytest.mark.parametrize("members", [[], ["hpc"], [f"UID=hpc, {SOCA_2_6.people}"], ["Hpc"]])
def test_all_that_is_an_accounts_alone_stays_however_it_is_spelled(
    account: str, members: list[str]
) -> None:
    directory = with_own_group(**({"memberUid": members} if members else {}))
    assert scope.movable(directory, SOCA_2_6, [account]) == {}


def test_what_only_looks_like_an_account_that_does_not_exist_moves() -> None:
    team = shared_group("hpc", 6000, ["mary"])
    assert scope.movable(team, SOCA_2_6, ["hpc"]) == team


@pytest.mark.parametrize(
    ("file", "found"),
    [
        (scaffold(SOCA_2_6), "dc=soca,dc=local"),
        (MARY, "dc=soca,dc=local"),
        (account("mary", "x", 5002, dialect=SOCA_2_6.at("dc=HPC,dc=corp")), "dc=hpc,dc=corp"),
        (shared_group("cfdteam", 6000, []), ""),
        ({}, ""),
    ],
)
def test_a_base_is_what_people_stand_below(file: Directory, found: str) -> None:
    assert scope.base_of(file, SOCA_2_6) == found


@pytest.mark.parametrize("given", ["dc=corp,dc=local", "dc=local", "dc=x,dc=soca,dc=local"])
def test_another_base_than_the_files_is_refused_by_the_one_it_has(given: str) -> None:
    with pytest.raises(Refused, match=f"is dc=soca,dc=local, not {given}: name that"):
        scope.check_base(EVERYBODY, SOCA_2_6.at(given))


@pytest.mark.parametrize("file", [EVERYBODY, MARY, shared_group("cfdteam", 6000, []), {}])
def test_a_file_that_may_have_the_base_is_not_refused(file: Directory) -> None:
    scope.check_base(file, SOCA_2_6)


def test_only_the_scaffold_stays() -> None:
    assert scope.scaffold(EVERYBODY, SOCA_2_6) == scaffold()
