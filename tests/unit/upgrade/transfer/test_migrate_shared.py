"""Two releases on one directory: nobody moves, and nothing but that is proved, twice."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from changeover.errors import Conflict, Unhealthy
from changeover.soca.dialect import SOCA_24_10, SOCA_26_4
from changeover.soca.directory_provider import Move
from changeover.upgrade.candidate.evidence import read_evidence
from changeover.upgrade.cutover.freeze import Frozen, WritableDirectory
from changeover.upgrade.cutover.rollback import CapturedChanges, SharedChanges
from changeover.upgrade.transfer.migrate import ExportedIdentities, ImportedIdentities
from changeover.upgrade.transfer.shared import Located, SharedDirectory, SharedIdentities
from tests.support.browser import link_in
from tests.support.run import Run
from tests.support.skip_preflight import UnguardedRun
from tests.support.world import World

BASE = "dc=site,dc=org"
ASKED = {"locate_directory", "probe_release", "read_marker"}
WHERE = Located(uri="ldaps://ldap.site", base=BASE, root="9f1c-aa")


def sharing() -> World:
    return World(speaking=(SOCA_24_10.at(BASE), SOCA_26_4.at(BASE)), site=WHERE.root)


def through(last: str) -> tuple[World, UnguardedRun]:
    world = sharing()
    return world, UnguardedRun(world).through(last)


def asked_of(world: World) -> set[str]:
    return {document for _, document, _ in world.hosts.calls}


def test_nothing_is_run_on_either_host_but_what_only_looks() -> None:
    world, run = through("complete_upgrade")
    assert run.plan.move is Move.SHARED
    assert world.live_on_record == ["hpc-r2"]
    assert world.logs_in("mary")
    assert set(world.hosts.documents_run("i-live")) == ASKED
    assert set(world.hosts.documents_run("i-hpc-r2")) == ASKED


def test_the_step_says_which_directory_it_is() -> None:
    _, run = through("import_identities")
    assert run.exported == SharedIdentities()
    assert run.imported == SharedDirectory(directory=WHERE)
    assert run.import_identities() == run.imported


ANSWERS: dict[str, Any] = {
    "exported": ExportedIdentities,
    "imported": ImportedIdentities,
    "frozen": Frozen,
    "captured": CapturedChanges,
}


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize(("name", "answers"), ANSWERS.items(), ids=ANSWERS)
def test_an_answer_is_the_same_after_it_was_state_data(name: str, answers: Any, move: Move) -> None:
    run = UnguardedRun(sharing()) if move is Move.SHARED else Run(World())
    run.through("shift_traffic").way_back()
    answer = getattr(run, name)
    assert answer.move is move
    assert TypeAdapter(answers).validate_json(answer.model_dump_json()) == answer


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("told", [{}, {"move": "copied"}, {"snapshot": None}])
def test_an_answer_that_does_not_say_how_identities_move_is_refused(
    answers: Any, told: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="move"):
        TypeAdapter(answers).validate_python(told)


def test_an_export_and_an_import_of_different_kinds_are_not_fit_for_users() -> None:
    _, shared = through("import_identities")
    carried = Run(World()).through("import_identities")
    shared.exported, carried.exported = carried.exported, shared.exported
    for run in (shared, carried):
        with pytest.raises(Unhealthy, match=r"the export says .*, but the import says"):
            run.validate_candidate()


def test_the_approver_is_told_that_nobody_moves() -> None:
    world, run = through("await_approval")
    evidence = read_evidence(run.validated.evidence_key, world.services)
    assert (evidence.directory, evidence.counts) == (WHERE, None)
    told = f"no identity is copied: both releases use {BASE} at ldaps://ldap.site"
    _, mail = world.mails[-1]
    assert told in mail
    assert "not checked, because no identity is copied" in mail
    page = world.browse("GET", link_in(mail))["body"]
    assert told in page
    assert "not checked, because no identity is copied" in page
    assert "warnings" not in mail + page
    assert "web login" in page
    assert "LDAP bind" not in page


def test_two_directories_are_found_before_anybody_is_asked() -> None:
    world, run = through("deploy_candidate")
    world.candidate.site = "another"
    with pytest.raises(Unhealthy, match="do not share a directory: .* are two directories"):
        run.import_identities()


def test_two_directories_are_found_again_before_users_are_sent_over() -> None:
    world, run = through("approve")
    world.candidate.site = "another"
    with pytest.raises(Unhealthy, match="do not share a directory"):
        run.freeze_directory()
    assert world.users_are_on == "hpc-r1"


def test_another_directory_than_the_one_that_was_approved_is_not_gone_to() -> None:
    world, run = through("approve")
    world.live.site = world.candidate.site = "another"
    with pytest.raises(Unhealthy, match="is not the directory that was approved"):
        run.freeze_directory()


def test_a_login_that_does_not_reach_the_directory_is_found() -> None:
    world, run = through("import_identities")
    world.candidate.lacks.add("login")
    with pytest.raises(Unhealthy, match="cannot log in to the web interface"):
        run.validate_candidate()


def test_nobody_is_kept_from_changing_anything() -> None:
    world, run = through("freeze_directory")
    assert isinstance(run.frozen, WritableDirectory)
    world.clock.advance(seconds=5)
    assert run.shift_traffic().freeze_seconds == 0
    world.change_password("mary", "Autumn_2021", on="hpc-r1")
    assert world.logs_in("mary", "Autumn_2021")


def test_a_shift_still_needs_its_lock() -> None:
    world, run = through("approve")
    world.services.releases.free("hpc", run.execution)
    with pytest.raises(Conflict, match="lock .* is lost"):
        run.freeze_directory()


def test_a_shift_still_needs_a_yes() -> None:
    _, run = through("await_approval")
    with pytest.raises(Unhealthy, match="no approval is on record"):
        run.freeze_directory()


def test_a_run_that_was_redriven_goes_no_further() -> None:
    _, run = through("approve")
    with pytest.raises(Unhealthy, match="this execution was redriven"):
        run.freeze_directory(redrives=1)


def test_a_way_back_leads_users_back_and_brings_back_nothing() -> None:
    world, run = through("shift_traffic")
    world.change_password("mary", "Autumn_2021", on="hpc-r2")
    assert run.way_back() == 0
    assert run.captured == SharedChanges()
    assert world.users_are_on == "hpc-r1"
    assert world.live_on_record == ["hpc-r1"]
    assert world.logs_in("mary", "Autumn_2021")
    assert asked_of(world) == ASKED


def test_a_run_that_is_ended_from_outside_is_led_back() -> None:
    world, run = through("shift_traffic")
    assert run.abort_run() == "rolled-back"
    assert world.users_are_on == "hpc-r1"
    assert asked_of(world) == ASKED
