"""A plan turns any directory on a real slapd into any other."""

from collections.abc import Collection, Iterable

import pytest
from hypothesis import HealthCheck, given, settings

from changeover.identities import change_plan, directories, scope
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6
from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import binds, directory_of, modify
from tests.support.directory import account, entry
from tests.support.random_directories import random_directories

Directory = dict[str, Entry]
ON_A_SERVER = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def movable(host: HostFolder) -> Directory:
    """Return all entries except those of SOCA's installer."""
    return scope.movable(directory_of(host), SOCA_2_6, ["socaboot"])


def become(host: HostFolder, wanted: Directory) -> tuple[change_plan.Change, ...]:
    changes = change_plan.plan(movable(host), wanted)
    done = modify(host, b"".join(change_plan.to_ldif(changes)).decode())
    assert done.returncode == 0, done.stderr
    return changes


@given(there=random_directories(), wanted=random_directories())
@ON_A_SERVER
def test_a_directory_becomes_any_other(
    host: HostFolder, there: Directory, wanted: Directory
) -> None:
    become(host, there)
    become(host, wanted)
    found = movable(host)
    assert directories.digest(found) == directories.digest(wanted)
    assert {name: e.attributes for name, e in found.items()} == {
        name: e.attributes for name, e in wanted.items()
    }


PEOPLE = SOCA_2_6.people
UNIT = f"ou=lab,{PEOPLE}"


def unit(*kinds: str, spelled: str = "lab") -> Directory:
    return entry(f"ou={spelled},{PEOPLE}", objectClass=["organizationalUnit", *kinds], ou=spelled)


def person(
    name: str, place: str, number: str = "5002", sn: str = "x", kinds: Collection[str] = ()
) -> Directory:
    return entry(
        f"uid={name},{place}",
        objectClass=["person", "posixAccount", "inetOrgPerson", *kinds],
        uid=name,
        cn=name,
        sn=sn,
        uidNumber=number,
        gidNumber=number,
        homeDirectory=f"/data/home/{name}",
    )


def lab_of_another_kind() -> Directory:
    return entry(UNIT, objectClass="organizationalRole", cn="lab", ou="lab")


def photos(numbers: Iterable[int]) -> Directory:
    """slapd cannot compare these values."""
    ((name, mary),) = person("mary", PEOPLE).items()
    taken = frozenset(b"\xff\xd8\xff" + bytes([number]) for number in numbers)
    return {name: Entry(mary.dn, {**mary.attributes, "jpegphoto": taken})}


def members(numbers: Collection[int]) -> Directory:
    several = {"memberUid": [f"user{number}" for number in numbers]} if numbers else {}
    place = f"cn=cfdteam,{SOCA_2_6.groups}"
    return entry(place, objectClass="posixGroup", cn="cfdteam", gidNumber="6000", **several)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (person("mary", PEOPLE), person("maria", PEOPLE)),
        (person("mary", PEOPLE), person("MARY", PEOPLE)),
        (person("mary", PEOPLE), unit() | person("mary", UNIT)),
        (unit() | person("mary", UNIT), person("mary", PEOPLE)),
        (unit() | person("mary", UNIT), unit("extensibleObject") | person("mary", UNIT)),
        (unit() | person("mary", UNIT), lab_of_another_kind() | person("mary", UNIT)),
        (person("mary", PEOPLE), person("mary", PEOPLE, kinds=["labeledURIObject"])),
        (person("mary", PEOPLE), person("mary", PEOPLE, kinds=["organizationalPerson", "top"])),
        (unit() | person("mary", UNIT), unit(spelled="LAB") | person("mary", f"ou=LAB,{PEOPLE}")),
        (person("mary", PEOPLE), person("mary", PEOPLE, sn="X")),
        (photos(range(20)), photos(range(1, 21))),
        (members(range(1000)), members(range(1, 1001))),
        (members(range(1000)), members([])),
        (account("mary", "Spring#2021", 5002, sudo=True), {}),
    ],
    ids=[
        *("a new name, the same number", "a new spelling", "into a unit", "out of a unit"),
        *("a unit with another class", "a unit of another kind"),
        *("a person with another class", "a person with what the class inherits from"),
        *("a unit in capitals", "only case", "many photos"),
        *("many members", "no member left", "everybody gone"),
    ],
)
def test_what_is_no_mere_modification_is_done_too(
    host: HostFolder, there: Directory, wanted: Directory
) -> None:
    become(host, there)
    become(host, wanted)
    assert movable(host) == wanted
    assert become(host, wanted) == ()


@pytest.mark.parametrize("spelled", ["mary", "MARY"])
@pytest.mark.parametrize("kind", ["ldapPublicKey", "siteRobot"])
def test_nobody_is_lost_where_the_server_refuses_what_an_entry_has_become(
    host: HostFolder, kind: str, spelled: str
) -> None:
    there = person("mary", PEOPLE) | account("jdoe", "Spring#2021", 5003)
    become(host, there)
    wanted = there | person(spelled, PEOPLE, kinds=[kind])
    done = modify(
        host, b"".join(change_plan.to_ldif(change_plan.plan(movable(host), wanted))).decode()
    )
    assert done.returncode != 0
    assert movable(host) == there


def test_a_password_that_changed_opens_and_the_old_one_no_longer(host: HostFolder) -> None:
    become(host, account("mary", "Spring#2021", 5002))
    become(host, account("mary", "Autumn_2021", 5002))
    assert binds(host, "mary", "Autumn_2021")
    assert not binds(host, "mary", "Spring#2021")
