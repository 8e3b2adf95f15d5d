"""On the way back a group is whose it was at parity, and what cannot come back holds nobody up."""

import pytest

from changeover.identities.conversion import Converted, convert, convert_back
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, SOCA_2_7, SOCA_26_4, Dialect
from tests.support.directory import Directory, account, entry, scaffold, shared_group

SITE_26_4 = SOCA_26_4.of("edh-green")
THERE = [SOCA_2_7, SITE_26_4]
every_dialect = pytest.mark.parametrize("there", THERE, ids=lambda dialect: dialect.name)
MARY = account("mary", "Spring#2021", 5002)
JDOE = account("jdoe", "Winter@2021", 5003)
GROUP = dn.normal(SOCA_2_6.account_entries("mary")[1])


def moved(directory: Directory, there: Dialect) -> Directory:
    return convert(scaffold() | directory, SOCA_2_6, there)


def back(now: Directory, before: Directory, there: Dialect) -> Converted:
    return convert_back(now, before, there, SOCA_2_6)


def with_gid(directory: Directory, name: str, gid: int) -> Directory:
    changed = directory[name]
    gids = {"gidnumber": frozenset([b"%d" % gid])}
    return directory | {name: Entry(changed.dn, {**changed.attributes, **gids})}


def group(cn: str, gid: int, there: Dialect) -> Directory:
    return shared_group(cn, gid, ["mary"], there)


@every_dialect
def test_a_private_group_keeps_its_name_when_its_user_gets_another_gid(there: Dialect) -> None:
    before = moved(MARY | JDOE, there)
    now = with_gid(before, dn.normal(there.account_entries("mary")[0]), 6000)
    returned = back(now, before, there)
    user = dn.normal(SOCA_2_6.account_entries("mary")[0])
    assert returned == Converted(with_gid(MARY | JDOE, user, 6000), {})


@every_dialect
def test_a_shared_group_keeps_its_name_when_a_user_gets_its_gid(there: Dialect) -> None:
    team = shared_group("marysocagroup", 6000, ["mary"])
    user = account("mary", "Spring#2021", 5002)
    del user[GROUP]
    before = moved(user | team, there)
    now = with_gid(before, dn.normal(there.account_entries("mary")[0]), 6000)
    assert back(now, before, there).entries.keys() == (user | team).keys()


@every_dialect
def test_values_still_follow_a_private_group_that_was_removed(there: Dialect) -> None:
    role = entry(f"cn=team,{SOCA_2_6.sudoers}", objectClass="sudoRole", sudoUser="%mary")
    before = moved(MARY | role, there)
    now = dict(before)
    del now[dn.normal(there.account_entries("mary")[1])]
    assert back(now, before, there).entries.items() >= role.items()


@every_dialect
def test_newcomers_get_the_names_that_live_gives(there: Dialect) -> None:
    before = moved(MARY, there)
    now = before | account("zoe", "Zoe#2021", 9000, dialect=there)
    assert back(now, before, there) == Converted(MARY | account("zoe", "Zoe#2021", 9000), {})


@every_dialect
def test_names_that_collide_stay_behind_and_all_others_come_back(there: Dialect) -> None:
    before = moved(MARY | JDOE, there)
    now = before | group("mary", 6000, there) | account("zoe", "Zoe#2021", 9000, dialect=there)
    returned = back(now, before, there)
    assert returned.clashes.keys() == {GROUP}
    assert "would both be cn=mary,ou=Group,dc=soca,dc=local" in returned.clashes[GROUP]
    everybody = MARY | JDOE | account("zoe", "Zoe#2021", 9000)
    assert returned.entries == {name: each for name, each in everybody.items() if name != GROUP}


@every_dialect
def test_a_group_that_live_would_take_for_private_stays_behind(there: Dialect) -> None:
    before = moved(MARY | JDOE, there)
    now = before | group("mary", 5002, there)
    returned = back(now, before, there)
    assert "give it another name or gid" in returned.clashes[GROUP]
    assert returned.entries.keys() == (MARY | JDOE).keys() - {GROUP}


def test_what_stands_below_what_stays_behind_stays_behind_too() -> None:
    kind = {"objectClass": "device", "cn": "x"}
    live = SITE_26_4.at("dc=edh-blue,dc=local")
    deep = f"cn=x,cn=edhadmin,{SITE_26_4.sudoers}"
    own = entry(f"cn=edhadmin,{SITE_26_4.sudoers}", objectClass="sudoRole", sudoUser="mary")
    now = own | entry(deep, **kind) | entry(f"cn=y,{deep}", **kind)
    returned = convert_back(scaffold(SITE_26_4) | now, {}, SITE_26_4, live)
    assert returned.entries == {}
    assert len(returned.clashes) == 3
