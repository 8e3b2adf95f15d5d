"""A lone root outside the base DN, which a package of slapd made and no tool can remove."""

import io
from pathlib import Path

import pytest

from changeover.identities import directories, scope
from changeover.identities.audit import inspect
from changeover.identities.conversion import convert
from changeover.identities.findings import Rule, Severity
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4
from tests.support.run import Run
from tests.support.world import World

TREE = (Path(__file__).parents[2] / "rehearsal/soca-2.6.1-full-tree.ldif").read_text()
NODOMAIN = "dn: dc=nodomain\nobjectClass: top\nobjectClass: dcObject\nobjectClass: organization\n"
NODOMAIN += "o: nodomain\ndc: nodomain\n\n"
EC2 = NODOMAIN.replace("dc: nodomain", "dc: eu-west-1").replace(
    "dn: dc=nodomain", "dn: dc=eu-west-1,dc=compute,dc=internal"
)
DOMAIN = "dn: dc=example\nobjectClass: domain\ndc: example\n\n"
PARENT = "dn: dc=local\nobjectClass: domain\ndc: local\n\n"


def directory_of(text: str) -> dict[str, Entry]:
    return directories.read_directory(io.BytesIO(text.encode()))


@pytest.mark.parametrize("root", [NODOMAIN, EC2, DOMAIN, PARENT])
@pytest.mark.parametrize("last", [False, True])
def test_it_is_no_identity_and_is_told(root: str, *, last: bool) -> None:
    text = f"{TREE}\n{root}" if last else root + TREE
    without = inspect(io.BytesIO(TREE.encode()), SOCA_2_6)
    found = inspect(io.BytesIO(text.encode()), SOCA_2_6)
    assert found.findings.by_rule == {Rule.FOREIGN_ROOT: 1, **without.findings.by_rule}
    assert not found.findings.count(Severity.ERROR)
    assert (found.entries, found.counts, found.digest) == (
        *(without.entries, without.counts, without.digest),
    )


@pytest.mark.parametrize("root", [NODOMAIN, EC2, DOMAIN, PARENT])
def test_it_moves_nowhere(root: str) -> None:
    whole, own = directory_of(root + TREE), directory_of(TREE)
    assert len(whole) == len(own) + 1  # what the host has counted
    assert scope.movable(whole, SOCA_2_6, ()).keys() == scope.movable(own, SOCA_2_6, ()).keys()
    there = SOCA_26_4.at("dc=edh-green,dc=local")
    assert convert(whole, SOCA_2_6, there) == convert(own, SOCA_2_6, there)


@pytest.mark.parametrize(
    "odd",
    [
        NODOMAIN + DOMAIN,  # which of them?
        NODOMAIN + "dn: cn=admin,dc=nodomain\nobjectClass: organizationalRole\ncn: admin\n\n",
        "dn: uid=mary,dc=elsewhere\nobjectClass: account\nuid: mary\n\n",
        "dn: uid=mary,dc=elsewhere\nobjectClass: account\nobjectClass: domain\nuid: mary\n\n",
        NODOMAIN.replace("o: nodomain", "objectClass: posixGroup\ncn: x\ngidNumber: 1\no: x"),
        NODOMAIN.replace(
            "o: nodomain", "objectClass: simpleSecurityObject\nuserPassword: x\no: nodomain"
        ),
    ],
)
def test_what_may_be_somebody_s_stays_an_error(odd: str) -> None:
    found = inspect(io.BytesIO((odd + TREE).encode()), SOCA_2_6).findings
    assert Rule.FOREIGN_ROOT not in found.by_rule
    assert found.by_rule[Rule.OUTSIDE_BASE] == odd.count("dn: ")
    assert not scope.foreign_root(directory_of(odd + TREE), SOCA_2_6)


def test_an_upgrade_goes_on_without_it_and_says_so() -> None:
    world = World()
    world.live.directory |= directory_of(NODOMAIN)
    run = Run(world).through("await_approval")
    assert run.exported.findings == {Rule.FOREIGN_ROOT: 1}
    assert "1 foreign-root" in world.mails[-1][1]


def test_a_candidate_that_has_one_is_proved_equal_all_the_same() -> None:
    world = World()
    run = Run(world).through("deploy_candidate")
    world.candidate.directory |= directory_of(NODOMAIN)
    assert run.import_identities().digest == run.exported.digest
