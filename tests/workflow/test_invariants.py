"""The invariants are looked at closely enough: each thing that could be wrong is noticed."""

from collections.abc import Callable

import pytest

from changeover.cluster.release import Role
from tests.support.directory import account, password_hash
from tests.support.world import CANDIDATE, LIVE
from tests.workflow.events import rolling_back_fails, the_person_says_no
from tests.workflow.invariants import broken
from tests.workflow.observer import Witness

HASH = password_hash("mary#2021").decode()
Breaks = Callable[[Witness], object]


def rejected() -> Witness:
    witness = Witness()
    the_person_says_no(witness.engine)
    return witness


def test_nothing_is_wrong_with_a_run_that_completed() -> None:
    witness = Witness()
    assert broken(witness, witness.run()) == []


def test_nothing_is_wrong_with_a_run_that_was_rejected() -> None:
    witness = rejected()
    assert broken(witness, witness.run()) == []


def record(witness: Witness, name: str, **changes: object) -> None:
    releases = witness.world.services.releases
    releases.add(releases.get("hpc", name).model_copy(update=changes))


BREAKS: dict[str, Breaks] = {
    "live is still read-only": lambda w: setattr(w.world.live, "frozen", True),
    "live's directory is not": lambda w: w.world.live.directory.update(account("x", "x", 9999)),
    "mary cannot log in": lambda w: w.world.change_password("mary", "something else"),
    "the front door forwards to": lambda w: w.world.front_door.forward({}),
    "which is ill": lambda w: w.world.front_door.sent.append(f"{CANDIDATE}, which is ill"),
    "on record as live": lambda w: record(w, CANDIDATE, role=Role.LIVE),
    "nobody approved": lambda w: record(w, CANDIDATE, served_users=True),
    "vendor/2.6.1.tar.gz is gone": lambda w: w.world.services.evidence.delete_folder("vendor"),
    "runs was deleted": lambda w: w.world.services.evidence.delete_folder("runs"),
    "stacks were deleted": lambda w: w.world.stacks.deleted.append(LIVE),
    "the lock is held by": lambda w: setattr(
        w.world.services.releases.locks["hpc"], "owner", "run-1"
    ),
    "nobody was told": lambda w: w.world.mails.clear(),
    "stands in a mail": lambda w: w.world.mails.append(("hpc: x", f"userPassword {HASH}")),
    "stands in runs/x": lambda w: w.world.services.evidence.write("runs/x", HASH.encode()),
    "stands in the parameters": lambda w: w.world.hosts.calls.append(("i", "x", {"Pw": HASH})),
    "stands in the log": lambda w: w.engine.log.append("the probe's password is Probe#2026"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_it_is_noticed_that(what: str) -> None:
    witness = rejected()
    ended = witness.run()
    BREAKS[what](witness)
    assert [said for said in broken(witness, ended) if what in said]


def test_it_is_noticed_that_a_run_completed_and_failed_all_the_same() -> None:
    witness = Witness()
    ended = witness.run()
    ended.status = "FAILED"
    assert "it completed and failed" in broken(witness, ended)


def test_it_is_noticed_that_a_cause_is_not_for_people() -> None:
    witness = rejected()
    ended = witness.run()
    ended.cause = '{"errorMessage": "x", "stackTrace": []}'
    assert broken(witness, ended)[0].startswith("its cause is not readable")


def test_a_person_who_was_called_does_not_excuse_a_frozen_live() -> None:
    witness = Witness()
    rolling_back_fails(witness.engine)
    ended = witness.run()
    witness.world.live.frozen = True
    assert broken(witness, ended) == ["live is still read-only"]


def test_every_function_leaves_a_line_in_the_log() -> None:
    witness = Witness()
    witness.run()
    assert len(witness.engine.log) == len(witness.engine.called)
