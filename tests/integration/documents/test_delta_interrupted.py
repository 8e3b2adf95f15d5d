"""After an interrupted delta, a new plan leads to the same directory as an undisturbed one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.identities import change_plan, directories
from rehearsal.actors.soca_entries import SCAFFOLD, account
from rehearsal.host.folder import HostFolder
from tests.integration.documents.copies import figures
from tests.integration.documents.interrupt import Sabotage
from tests.integration.documents.trees import assert_serves, assert_tidy, entries_of
from tests.integration.scheduler_hosts import Aws, Outcome, directory_of, run, scheduler_host

PEOPLE = range(5002, 5014)
BEFORE = (SCAFFOLD + "".join(account(f"old{n}", n, "{SSHA}x") for n in PEOPLE[:8])).encode()
AFTER = (
    SCAFFOLD
    + "".join(account(f"old{n}", n, "{SSHA}changed") for n in PEOPLE[4:8])
    + "".join(account(f"new{n}", n, "{SSHA}x") for n in PEOPLE[8:])
).encode()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostFolder]:
    tree = tmp_path / "before.ldif"
    tree.write_bytes(BEFORE)
    with scheduler_host(tree) as host:
        yield host


def test_a_delta_in_peace_ends_in_what_was_planned(host: HostFolder, aws: Aws) -> None:
    assert apply(host, aws, Sabotage(host)).code == 0
    assert_serves(host, entries_of(AFTER))


@pytest.mark.parametrize("victim", ["document", "slapd"])
@pytest.mark.parametrize("changes", [0, 1, 9, 20, 28])
def test_a_delta_that_is_broken_off_half_way_is_finished_by_a_new_plan(
    victim: str, changes: int, host: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(host)
    with sabotage.breaking_off_after(changes, victim):
        outcome = apply(host, aws, sabotage)
    if victim == "document":
        assert outcome.killed
    else:
        assert "export and plan again" in outcome.complaint
    half = directory_of(host)
    assert len(change_plan.plan(half, entries_of(AFTER))) == total() - changes
    assert_finished(host, aws, sabotage)


@pytest.mark.parametrize("victim", ["killing", "killing_script", "killing_slapd"])
def test_a_delta_that_is_killed_at_any_moment_is_finished_by_a_new_plan(
    victim: str, host: HostFolder, aws: Aws
) -> None:
    sabotage = Sabotage(host)
    steps = sabotage.count(lambda: assert_finished(host, aws, sabotage))
    trees = (BEFORE, AFTER)
    for step in range(1, steps + 1, 3):
        with getattr(sabotage, victim)(step):
            apply(host, aws, sabotage, trees[step % 2])
        assert_finished(host, aws, sabotage, trees[step % 2])


def total() -> int:
    return len(change_plan.plan(entries_of(BEFORE), entries_of(AFTER)))


def apply(host: HostFolder, aws: Aws, sabotage: Sabotage, wanted: bytes = AFTER) -> Outcome:
    """Plan from the current directory, and apply the plan."""
    changes = change_plan.to_ldif(change_plan.plan(directory_of(host), entries_of(wanted)))
    return run("apply_delta", host, aws, **sabotage.offer(b"".join(changes)))


def assert_finished(host: HostFolder, aws: Aws, sabotage: Sabotage, wanted: bytes = AFTER) -> None:
    answer = apply(host, aws, sabotage, wanted).answer
    copy = sabotage.stored()
    assert answer == {"changes": answer["changes"], **figures(copy)}
    assert directories.digest(entries_of(copy)) == directories.digest(entries_of(wanted))
    assert_serves(host, entries_of(wanted))
    assert_tidy(host)
