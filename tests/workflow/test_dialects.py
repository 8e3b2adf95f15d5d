"""The whole workflow into another dialect, and between releases that share one directory."""

import itertools
from typing import Any

import pytest

from changeover.soca.dialect import SOCA_2_6, SOCA_24_10, SOCA_26_4
from tests.support.skip_preflight import unguarded
from tests.support.world import CANDIDATE, LIVE
from tests.workflow import faults
from tests.workflow.engine import JSON, MACHINE, Invoke
from tests.workflow.invariants import broken, outcome
from tests.workflow.observer import Witness
from tests.workflow.paths import WAYS, Leads, straight_on, users_had_moved

EXECUTION = f"{MACHINE.replace('stateMachine', 'execution')}:run-1"
SITE = "dc=site,dc=org"
MOVES: dict[str, dict[str, Any]] = {
    "into 26.4": {"speaking": (SOCA_2_6, SOCA_26_4.at("dc=edh-green,dc=local"))},
    "on one directory": {
        "speaking": (SOCA_24_10.at(SITE), SOCA_26_4.at(SITE)),
        "site": "9f1c-aa",
    },
}
# Where the moves differ.
MOVING = [
    way
    for way in WAYS
    if way.values[0]
    in (
        "export_identities",
        "import_identities",
        "validate_candidate",
        "freeze_directory",
        "capture_changes",
        "thaw_directory",
        "replay_changes",
    )
]


def witness_of(move: str) -> Witness:
    witness = Witness(**MOVES[move])

    def planned(_: Invoke) -> JSON:
        return unguarded(EXECUTION, witness.world).model_dump(mode="json")

    witness.engine.faults["plan_upgrade"] = planned
    return witness


@pytest.mark.parametrize("move", MOVES)
def test_it_completes_and_everybody_logs_in_as_they_did_last(move: str) -> None:
    witness = witness_of(move)
    ended = witness.run()
    assert (ended.status, ended.cause) == ("SUCCEEDED", "")
    assert witness.world.users_are_on == CANDIDATE
    assert broken(witness, ended) == []


@pytest.mark.parametrize("move", MOVES)
def test_it_rolls_back_and_nothing_that_users_did_is_lost(move: str) -> None:
    witness = witness_of(move)
    witness.the_candidate_falls_ill_under_its_users()
    ended = witness.run()
    assert ended.went_through("Roll Back", "Capture Changes", "Thaw Directory", "Replay Changes")
    assert (outcome(witness.world), witness.world.users_are_on) == ("rolled-back", LIVE)
    assert broken(witness, ended) == []


def test_two_directories_that_came_apart_after_the_yes_lead_back() -> None:
    witness = witness_of("on one directory")
    witness.engine.meanwhile["freeze_directory"] = lambda: setattr(
        witness.world.candidate, "site", "another"
    )
    ended = witness.run()
    assert "hpc-r1 and hpc-r2 do not share a directory" in ended.cause
    assert ended.went_through("Freeze Directory", "Had Users Moved", "Discard Candidate")
    assert broken(witness, ended) == []


@pytest.mark.parametrize("fault", faults.every())
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize(("task", "leads"), MOVING)
def test_all_invariants_hold_when(task: str, leads: Leads, move: str, fault: str) -> None:
    witness = witness_of(move)
    leads(witness)
    witness.engine.faults[task] = faults.every()[fault]
    ended = witness.run()
    assert task in [called for called, _ in witness.engine.called]
    assert broken(witness, ended) == []


@pytest.mark.parametrize("how", faults.How)
@pytest.mark.parametrize(
    ("move", "task", "leads"),
    [
        ("into 26.4", "import_identities", straight_on),
        ("into 26.4", "freeze_directory", straight_on),
        ("into 26.4", "replay_changes", users_had_moved),
        ("on one directory", "import_identities", straight_on),
        ("on one directory", "freeze_directory", straight_on),
    ],
)
@pytest.mark.long
def test_all_invariants_hold_whichever_call_to_a_neighbor(
    move: str, task: str, leads: Leads, how: faults.How
) -> None:
    said: dict[str, list[str]] = {}
    for number in itertools.count(1):
        witness = witness_of(move)
        leads(witness)
        fault = witness.engine.neighbors[task] = faults.BrokenAt(number, how)
        ended = witness.run()
        if not fault.refused:
            break
        said[f"{number}. {fault.refused}"] = broken(witness, ended)
    assert said
    assert {call: what for call, what in said.items() if what} == {}
