"""Who administers before and after a move: a run stops for a gain, the approver sees all."""

import pytest

from changeover.errors import Unhealthy
from changeover.identities.administrators import Administration, Names
from changeover.identities.findings import Rule
from changeover.soca.dialect import SOCA_2_6, SOCA_26_4
from changeover.upgrade.approval.web import respond
from changeover.upgrade.candidate.evidence import (
    Evidence,
    canonical,
    evidence_digest,
    read_evidence,
)
from tests.support.browser import alb_request, link_in
from tests.support.directory import entry
from tests.support.skip_preflight import UnguardedRun
from tests.support.world import World

THERE = SOCA_26_4.at("dc=edh-green,dc=local")
ACCEPTED = {"accepted_findings": (Rule.ADMINISTRATOR_GAINED,)}


def world(**configuration: object) -> World:
    """Live at 2.6, with a role for one command that names an ordinary user."""
    made = World(speaking=(SOCA_2_6, THERE), **configuration)
    made.live.directory |= entry(
        "cn=backup,ou=Sudoers,dc=soca,dc=local",
        objectClass="sudoRole",
        cn="backup",
        sudoUser="jdoe",
        sudoCommand="/usr/bin/rsync",
    )
    return made


def evidence(run: UnguardedRun) -> Evidence:
    return read_evidence(run.validate_candidate().evidence_key, run.world.services)


def test_nobody_becomes_an_administrator_by_an_upgrade_unasked() -> None:
    with pytest.raises(
        Unhealthy, match=r"uid=jdoe,.*is not an administrator in SOCA 2\.6, but would"
    ):
        UnguardedRun(world()).through("export_identities")


def test_the_evidence_says_who_administers_before_and_after() -> None:
    run = UnguardedRun(world(**ACCEPTED)).through("import_identities")
    administration = evidence(run).administration
    assert administration
    assert "jdoe" not in administration.before.first
    assert "jdoe" in administration.after.first


def test_the_mail_and_the_page_show_both_lists() -> None:
    run = UnguardedRun(world(**ACCEPTED)).through("await_approval")
    told = "; on hpc-r2: "
    assert told in run.world.mails[-1][1]
    asked = alb_request("GET", link_in(run.world.mails[-1][1]))
    page = respond(asked, run.world.services)["body"]
    assert "<th>Administrators</th>" in page
    assert told in page


def test_where_nobody_gains_or_loses_one_list_is_enough() -> None:
    run = UnguardedRun(World(speaking=(SOCA_2_6, SOCA_2_6))).through("await_approval")
    assert "Administrators\n                the same on both: " in run.world.mails[-1][1]


def test_evidence_that_was_stored_before_is_read_and_keeps_its_digest() -> None:
    run = UnguardedRun(World()).through("import_identities")
    before = evidence(run).model_copy(update={"administration": None})
    assert b"administration" not in canonical(before)
    again = Evidence.model_validate_json(canonical(before))
    assert evidence_digest(again) == evidence_digest(before)
    assert evidence_digest(again) != evidence_digest(evidence(run))


def test_names_stay_short_and_in_one_line() -> None:
    names = Names.of(["a\nApproved: yes", "b" * 500, *(f"u{n:03}" for n in range(500))])
    assert names.number == 502
    assert len(str(names)) < 1_000
    assert "\n" not in str(names)
    assert str(Names.of([])) == "none"
    assert Administration(before=names, after=names) == Administration(before=names, after=names)


def test_who_would_gain_by_a_change_before_the_freeze_stops_the_run() -> None:
    run = UnguardedRun(World(speaking=(SOCA_2_6, THERE))).through("await_approval")
    run.approve()
    run.world.live.directory |= entry(
        "cn=backup,ou=Sudoers,dc=soca,dc=local",
        objectClass="sudoRole",
        cn="backup",
        sudoUser="jdoe",
        sudoCommand="/usr/bin/true",
    )
    with pytest.raises(Unhealthy, match=r"uid=jdoe,.*\(administrator-gained\)"):
        run.freeze_directory()
