"""The approver's yes is about live as it was then: who can become root since stops the run."""

from collections.abc import Callable

import pytest

from changeover.errors import Unhealthy
from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.upgrade.candidate.evidence import (
    Evidence,
    canonical,
    evidence_digest,
    read_evidence,
)
from changeover.upgrade.cutover import late_changes
from changeover.upgrade.transfer.privileged import describe, summed_up
from tests.support.directory import Directory, account, entry, shared_group, user_dn
from tests.support.run import Run
from tests.support.world import World

Change = Callable[[World], None]
SUDOERS = "ou=Sudoers,dc=soca,dc=local"


def approved(world: World) -> Run:
    return Run(world).through("approve")


def adds(made: Directory) -> Change:
    def change(world: World) -> None:
        world.live.directory |= made

    return change


def says(user: str, **attributes: str) -> Change:
    def change(world: World) -> None:
        name = dn.normal(user_dn(user))
        kept = world.live.directory[name]
        new = {a.lower(): frozenset([v.encode()]) for a, v in attributes.items()}
        world.live.directory[name] = Entry(kept.dn, {**kept.attributes, **new})

    return change


def role(cn: str, **attributes: str) -> Directory:
    given = {"sudoHost": "ALL", "sudoCommand": "ALL", **attributes}
    return entry(f"cn={cn},{SUDOERS}", objectClass=["top", "sudoRole"], cn=cn, **given)


TEAM = shared_group("cfdteam", 6001, ["mary"])
TEAM_AND_ROLE = TEAM | role("team", sudoUser="%cfdteam")
NEWLY_ROOT = [
    (adds(role("jdoe", sudoUser="jdoe")), "jdoe: its own sudo role"),
    (adds(shared_group("docker", 6002, ["jdoe"])), "jdoe: member of docker"),
    (adds(shared_group("cfdteam", 6001, ["mary", "jdoe"])), "jdoe: sudo role team: ALL"),
    (says("jdoe", uidNumber="0"), "jdoe: its uidNumber 0"),
    (says("jdoe", gidNumber="10"), "jdoe: its gidNumber 10"),
    (says("jdoe", homeDirectory="/data/home/../../root"), "jdoe: its home leads to /root"),
    (says("jdoe", loginShell="/fsx/sh"), "jdoe: its loginShell"),
    (adds(role("anyone", sudoUser="ALL")), "ALL: sudo role anyone"),
    (adds(role("defaults", sudoOption="!authenticate")), "all who may use sudo"),
    (adds(account("root", "x", 7000)), "root: its name is root"),
]


@pytest.mark.parametrize(("change", "reason"), NEWLY_ROOT, ids=range(len(NEWLY_ROOT)))
def test_who_becomes_root_after_the_question_stops_the_run(change: Change, reason: str) -> None:
    world = World()
    world.live.directory |= TEAM_AND_ROLE
    run = approved(world)
    change(world)
    with pytest.raises(Unhealthy, match="hpc-r1 changed after the approver was asked") as stop:
        run.freeze_directory()
    assert reason in str(stop.value)
    assert world.users_are_on == "hpc-r1"


def test_who_was_root_when_the_question_was_asked_may_be_so_in_other_ways() -> None:
    world = World()
    world.live.directory |= TEAM_AND_ROLE
    run = approved(world)
    world.live.directory |= shared_group("docker", 6002, ["mary"])
    late = run.freeze_directory().late_findings
    assert late.number == len(late.first) == 2
    assert any("member of docker (privileged)" in each for each in late.first)


def test_an_account_does_not_hide_behind_the_name_of_one_that_was_approved() -> None:
    world = World()
    world.live.directory |= TEAM_AND_ROLE
    run = approved(world)
    elsewhere = entry("ou=Lab,dc=soca,dc=local", objectClass="organizationalUnit", ou="Lab")
    ((_, twin),) = list(account("mary", "x", 7000).items())[:1]
    zero = {**twin.attributes, "uidnumber": frozenset([b"0"])}
    world.live.directory |= elsewhere | {
        "uid=mary,ou=lab,dc=soca,dc=local": Entry("uid=mary,ou=Lab,dc=soca,dc=local", zero)
    }
    with pytest.raises(Unhealthy, match="mary: its uidNumber 0"):
        run.freeze_directory()


def test_what_is_odd_since_the_question_is_told_and_stops_nothing() -> None:
    world = World()
    run = approved(world)
    world.live.directory |= shared_group("ghosts", 6001, ["nobody-here"])
    late = run.freeze_directory().late_findings
    assert late.number == 1
    assert "(stray-member)" in late.first[0]


def test_nothing_new_is_nothing_to_tell() -> None:
    world = World()
    world.live.directory |= shared_group("ghosts", 6001, ["nobody-here"])
    run = approved(world)
    world.change_password("mary", "Autumn_2021")
    assert run.freeze_directory().late_findings == late_changes.LateFindings()


def test_a_new_error_stops_the_run_unless_it_is_accepted() -> None:
    for accepted in ((), (Rule.UNKNOWN_ATTRIBUTE,)):
        world = World(accepted_findings=accepted)
        run = approved(world)
        says("mary", **{"x-unheard": "x"})(world)
        if accepted:
            assert run.freeze_directory().late_findings.number == 1
        else:
            with pytest.raises(Unhealthy, match="x-unheard is in no schema"):
                run.freeze_directory()


@pytest.mark.parametrize("password", ["", "{SASL}x", "Spring#2021"])
def test_users_who_spoil_their_own_password_stop_nothing(password: str) -> None:
    world = World()
    before, release = world.live.directory.copy(), world.services.releases.get("hpc", "hpc-r1")
    says("mary", userPassword=password)(world)
    late = late_changes.judge(
        late_changes.look(before, release),
        late_changes.look(world.live.directory, release),
        "hpc-r1",
    )
    assert late.number == 1
    assert "Spring" not in late.model_dump_json()


def test_the_approver_is_shown_who_can_become_root_and_how() -> None:
    world = World()
    world.live.directory |= role("jdoe", sudoUser="jdoe") | TEAM_AND_ROLE
    run = Run(world).through("await_approval")
    mail = world.mails[-1][1]
    assert "Root access   its own sudo role, as SOCA creates it: jdoe" in mail
    assert "sudo role team: ALL, by group %cfdteam: mary" in mail
    evidence = read_evidence(run.validated.evidence_key, world.services)
    assert [each.names for each in evidence.privileged] == [("jdoe",), ("mary",)]


def test_the_list_is_short_however_many_there_are() -> None:
    world = World()
    release = world.services.releases.get("hpc", "hpc-r1")
    directory = world.live.directory
    for number in range(30):
        directory |= account(f"admin{number:02}", "x", 7000 + number, sudo=True)
        directory |= role(f"odd{number:02}", sudoUser="mary")
    own = {
        n: e.attributes | {"sudocommand": frozenset([b"ALL"])}
        for n, e in directory.items()
        if n.startswith("cn=admin") and "sudoers" in n
    }
    directory |= {name: Entry(name, attributes) for name, attributes in own.items()}
    ways = summed_up(late_changes.look(directory, release).privileges)
    assert len(ways) == 21
    assert ways[0].names[:2] == ("admin00", "admin01")
    first, *_, last = describe(ways)
    assert first.endswith("admin09 and 20 more")
    assert last == "in further ways: 11"


def test_evidence_that_was_stored_before_keeps_its_digest() -> None:
    world = World()
    run = Run(world).through("await_approval")
    evidence = read_evidence(run.validated.evidence_key, world.services)
    assert not evidence.privileged
    stored = canonical(evidence)
    assert b"privileged" not in stored
    assert evidence_digest(Evidence.model_validate_json(stored)) == evidence_digest(evidence)
    # A rule that had another name keeps it there: an approval that is asked for is of that digest.
    former = stored.replace(b'"findings": {}', b'"findings": {\n  "unsupported-hash": 1\n }')
    assert former != stored
    assert canonical(Evidence.model_validate_json(former)) == former


def test_an_error_that_is_accepted_for_its_entry_stops_nothing_late() -> None:
    accepted = {"rule": "unknown-attribute", "entries": ["mary"]}
    for name in ("mary", "jdoe"):
        world = World(accepted_findings=[accepted])
        run = approved(world)
        says(name, **{"x-unheard": "x"})(world)
        if name == "mary":
            assert run.freeze_directory().late_findings.number == 1
        else:
            with pytest.raises(Unhealthy, match="x-unheard is in no schema"):
                run.freeze_directory()
