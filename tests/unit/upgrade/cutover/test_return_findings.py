"""What comes back from the candidate is screened: live always gets it, and a person hears of it."""

from collections.abc import Callable

import pytest

from changeover.errors import ChangeoverError, Conflict, Transient, Unhealthy
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.upgrade.cutover import late_changes, return_findings
from changeover.upgrade.cutover.return_findings import ReturnFindings
from changeover.upgrade.cutover.rollback import ReplayedChanges
from changeover.upgrade.transfer import snapshots
from tests.support.directory import Directory, account, entry, shared_group, user_dn
from tests.support.fake_hosts import Host
from tests.support.run import Run
from tests.support.world import World

SUDOERS = "ou=Sudoers,dc=soca,dc=local"
LOOK = "hpc: a person must look at the upgrade"
Change = Callable[[Directory], None]


def adds(made: Directory) -> Change:
    return lambda directory: directory.update(made)


def says(user: str, **attributes: str) -> Change:
    def change(directory: Directory) -> None:
        name = dn.normal(user_dn(user))
        kept = directory[name]
        new = {a.lower(): frozenset([v.encode()]) for a, v in attributes.items()}
        directory[name] = Entry(kept.dn, {**kept.attributes, **new})

    return change


def role(cn: str, **attributes: str) -> Directory:
    given = {"sudoHost": "ALL", "sudoCommand": "ALL", **attributes}
    return entry(f"cn={cn},{SUDOERS}", objectClass=["top", "sudoRole"], cn=cn, **given)


TEAM_AND_ROLE = shared_group("cfdteam", 6001, ["mary"]) | role("team", sudoUser="%cfdteam")
NEWLY_ROOT = [
    (adds(role("jdoe", sudoUser="jdoe")), "jdoe: its own sudo role"),
    (adds(shared_group("docker", 6002, ["jdoe"])), "jdoe: member of docker"),
    (adds(shared_group("cfdteam", 6001, ["mary", "jdoe"])), "jdoe: sudo role team: ALL"),
    (says("jdoe", uidNumber="0"), "jdoe: its uidNumber 0"),
    (says("jdoe", gidNumber="10"), "jdoe: its gidNumber 10"),
    (says("jdoe", homeDirectory="/data/home/../../root"), "jdoe: its home leads to /root"),
    (adds(role("anyone", sudoUser="ALL")), "ALL: sudo role anyone"),
    (adds(account("eve", "x", 0)), "eve: its uidNumber 0"),
]


def shifted(*changes: Change) -> tuple[World, Run]:
    """With users on the candidate, where somebody made these changes."""
    world = World()
    world.live.directory |= TEAM_AND_ROLE
    run = Run(world).through("shift_traffic")
    for change in changes:
        change(world.candidate.directory)
    return world, run


def back(run: Run) -> ReplayedChanges:
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    return run.replay_changes()


def closing_mail(run: Run) -> tuple[str, str]:
    run.close_upgrade("rolled-back", "Unhealthy", "probes fail")
    return run.world.mails[-1]


@pytest.mark.parametrize(("change", "told"), NEWLY_ROOT, ids=range(len(NEWLY_ROOT)))
def test_who_became_root_on_the_candidate_comes_back_and_is_told(change: Change, told: str) -> None:
    world, run = shifted(change)
    returned = back(run)
    assert returned.changes
    assert any(told in each for each in returned.findings.first)
    assert not snapshots.differences(
        {n: e for n, e in world.live.directory.items() if n in world.candidate.directory},
        {n: e for n, e in world.candidate.directory.items() if n in world.live.directory},
    )
    subject, mail = closing_mail(run)
    assert subject == LOOK
    assert told in mail
    assert "hpc-r1" in mail


def test_an_entry_that_no_export_of_live_passes_is_told() -> None:
    _, run = shifted(says("jdoe", loginShell="/bin/bash", uidNumber="7001", gidNumber="x"))
    findings = back(run).findings
    assert findings.number
    assert findings.first[0] in closing_mail(run)[1]


def test_what_ordinary_users_do_is_nothing_to_look_at() -> None:
    world, run = shifted()
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    world.add_user("newcomer", on="hpc-r2")
    returned = back(run)
    assert returned.changes
    assert returned.findings == ReturnFindings(release="hpc-r1")
    assert closing_mail(run)[0] == "hpc: upgrade rolled back, users are on the old release"


def test_who_was_root_on_live_before_is_not_told_again() -> None:
    _, run = shifted(adds(shared_group("docker", 6002, ["mary"])))
    assert back(run).findings.number == 0


def test_an_administrator_whom_live_itself_got_meanwhile_is_not_the_candidates() -> None:
    world, run = shifted()
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    world.live.directory |= role("jdoe", sudoUser="jdoe")
    assert run.replay_changes().findings.number == 0


def test_a_second_try_tells_the_same() -> None:
    _, run = shifted(says("jdoe", uidNumber="0"))
    first = back(run)
    second = run.replay_changes()
    assert (second.changes, second.findings) == (0, first.findings)
    assert "jdoe: its uidNumber 0" in closing_mail(run)[1]


def test_what_is_left_behind_is_not_told_as_if_it_had_come() -> None:
    world, run = shifted(says("jdoe", uidNumber="0"))
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    world.change_password("jdoe", "Winter_2021", on="hpc-r1")
    with pytest.raises(Conflict, match="uid=jdoe"):
        run.replay_changes()
    assert "uidNumber 0" not in closing_mail(run)[1]


def test_a_conflict_does_not_hide_who_became_root() -> None:
    world, run = shifted(says("jdoe", uidNumber="0"))
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    run.roll_back()
    run.capture_changes()
    run.thaw_directory()
    world.change_password("mary", "Winter_2021", on="hpc-r1")
    with pytest.raises(Conflict, match="uid=mary"):
        run.replay_changes()
    assert "jdoe: its uidNumber 0" in closing_mail(run)[1]


def test_a_list_of_many_is_short() -> None:
    world = World(users=[f"user{number}" for number in range(60)])
    run = Run(world).through("shift_traffic")
    for number in range(30):
        world.candidate.directory |= account(f"eve{number:02}", "x", 0)
    findings = back(run).findings
    assert (findings.number >= 30, len(findings.first)) == (True, 20)
    assert f"and {findings.number - 20} more" in closing_mail(run)[1]


@pytest.mark.parametrize("error", [ValueError("odd"), MemoryError(), Transient("busy")])
def test_a_screening_that_breaks_holds_nothing_back_and_is_told(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, run = shifted()
    world.change_password("mary", "Autumn_2021", on="hpc-r2")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(late_changes, "look", fail)
    assert back(run).changes == 1
    assert world.logs_in("mary", "Autumn_2021")
    subject, mail = closing_mail(run)
    assert subject == LOOK
    assert "were not checked for new privileges" in mail


@pytest.mark.parametrize("error", [Transient("busy"), Conflict("AccessDenied")])
def test_findings_that_cannot_be_kept_hold_nothing_back_and_fail_the_step(
    error: ChangeoverError, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, run = shifted(says("jdoe", uidNumber="0"))
    write = world.services.evidence.write

    def fail(key: str, content: bytes) -> None:
        if key == return_findings.key("run-1"):
            raise error
        write(key, content)

    monkeypatch.setattr(world.services.evidence, "write", fail)
    with pytest.raises(type(error)):
        back(run)
    assert world.live.directory[dn.normal(user_dn("jdoe"))].first("uidnumber") == b"0"


def test_a_host_that_stops_in_the_middle_does_not_hide_what_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, run = shifted(says("jdoe", uidNumber="0"))
    apply = world.hosts._apply_delta

    def fail(host: Host, **given: str) -> dict[str, object]:
        apply(host, **given)
        raise Unhealthy("apply_delta on i-live failed: no space left on device")

    monkeypatch.setattr(world.hosts, "_apply_delta", fail)
    with pytest.raises(Unhealthy, match="no space left"):
        back(run)
    assert "jdoe: its uidNumber 0" in closing_mail(run)[1]


def test_findings_that_cannot_be_read_are_told_as_that() -> None:
    world, run = shifted(says("jdoe", uidNumber="0"))
    back(run)
    world.services.evidence.write(return_findings.key("run-1"), b"no JSON")
    subject, mail = closing_mail(run)
    assert subject == LOOK
    assert "were not checked for new privileges" in mail


def test_a_run_that_brought_nothing_back_has_nothing_to_tell() -> None:
    _, run = shifted()
    assert back(run).findings == ReturnFindings()
    assert closing_mail(run)[0] == "hpc: upgrade rolled back, users are on the old release"


def test_a_run_that_was_stopped_tells_it_too() -> None:
    world, run = shifted(says("jdoe", uidNumber="0"))
    assert run.abort_run() == "rolled-back"
    subject, mail = world.mails[-1]
    assert subject == LOOK
    assert "jdoe: its uidNumber 0" in mail


def test_no_password_is_told() -> None:
    _, run = shifted(adds(account("root", "Spring#2021", 7000)))
    assert back(run).findings.number
    assert "Spring" not in closing_mail(run)[1]
    assert (
        "{SSHA}" not in run.world.services.evidence.objects[return_findings.key("run-1")].decode()
    )
