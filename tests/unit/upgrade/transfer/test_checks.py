"""What is wrong with live's identities stops a run early; what is odd is told to the approver."""

import pytest

from changeover.errors import Unhealthy
from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from tests.support.directory import shared_group, user_dn
from tests.support.run import Run
from tests.support.world import World


def exported(world: World) -> Run:
    return Run(world).through("export_identities")


def approval_mail(world: World) -> str:
    Run(world).through("await_approval")
    return world.mails[-1][1]


def test_a_well_kept_directory_has_no_findings() -> None:
    assert exported(World()).exported.findings == {}


def test_what_the_candidate_would_refuse_stops_the_run_and_says_what_to_do() -> None:
    world = World()
    name = dn.normal(user_dn("mary"))
    more = {"sambasid": frozenset([b"S-1-5-21"])}
    mary = world.live.directory[name]
    world.live.directory[name] = Entry(mary.dn, {**mary.attributes, **more})
    with pytest.raises(Unhealthy, match=r"uid=mary,.*: sambasid is in no schema.*remove it"):
        exported(world)


def test_what_a_site_says_that_its_slapd_loads_is_known() -> None:
    definitions = (
        "attributetype ( 1.3.6.1.4.1.7165.2.1.20 NAME 'sambaSID' SUP name SINGLE-VALUE )",
        "objectclass ( 1.3.6.1.4.1.7165.2.2.6 NAME 'sambaSamAccount' AUXILIARY MUST sambaSID )",
    )
    world = World(directory={"schema": definitions})
    name = dn.normal(user_dn("mary"))
    mary = world.live.directory[name]
    classes = {"objectclass": mary.attributes["objectclass"] | {b"sambaSamAccount"}}
    more = {"sambasid": frozenset([b"S-1-5-21"])}
    world.live.directory[name] = Entry(mary.dn, {**mary.attributes, **classes, **more})
    assert exported(world).exported.findings == {}


def test_an_error_that_is_accepted_is_only_told() -> None:
    world = World(accepted_findings=["no-hash"])
    world.live.lacks.add("hashes")
    answer = exported(world).exported
    assert answer.accepted == {Rule.NO_HASH: 1}
    assert answer.findings == {Rule.NO_PASSWORD: 3}


def test_what_is_odd_is_counted_and_goes_to_the_approver() -> None:
    world = World()
    world.live.directory |= shared_group("ghosts", 6001, ["nobody-here"])
    assert "warnings, copied unchanged from live: 1 stray-member" in approval_mail(world)
