"""A frozen directory refuses changes, accepts logins and is copied, until it is thawed."""

import fcntl
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.documents.copies import assert_copied, copied_to, uploads_refused
from tests.integration.scheduler_hosts import (
    Aws,
    Outcome,
    binds,
    modify,
    password_change,
    run,
    tool,
)

A_CHANGE = password_change("socaboot", "other")


RUN, LATER = "run-1", "run-2"


def freeze(host: HostFolder, aws: Aws, name: str = "") -> Outcome:
    return run("freeze_directory", host, aws, Run=name, **copied_to())


def thaw(host: HostFolder, aws: Aws, name: str = "") -> Outcome:
    return run("thaw_directory", host, aws, Run=name)


@contextmanager
def freezing_behind_another_command(host: HostFolder, aws: Aws) -> Iterator[Future[Outcome]]:
    """Start a freeze that waits for the lock until the block ends."""
    workplace = host.root / "var/lib/changeover"
    workplace.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1) as pool, (workplace / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = pool.submit(freeze, host, aws, RUN)
        time.sleep(0.3)  # the usual case; a thaw may also come before the freeze begins
        yield waiting


def test_a_frozen_directory_refuses_writes_and_lets_users_in(
    candidate: HostFolder, aws: Aws
) -> None:
    modify(candidate, password_change("socaboot", "known"))
    assert freeze(candidate, aws).answer["read_only"] is True
    own = ("-x", "-D", f"uid=socaboot,ou=People,{BASE_DN}", "-w", "known")
    for bound in ((), own):
        assert modify(candidate, A_CHANGE, *bound).returncode == 53
    assert binds(candidate, "socaboot", "known")


def test_a_frozen_directory_is_copied_as_it_stays(candidate: HostFolder, aws: Aws) -> None:
    modify(candidate, password_change("socaboot", "last before the freeze"))
    answer = freeze(candidate, aws).answer
    assert answer == {"read_only": True, **assert_copied(candidate, aws)}


def test_a_thawed_directory_takes_writes_again(candidate: HostFolder, aws: Aws) -> None:
    freeze(candidate, aws)
    assert thaw(candidate, aws).answer["read_only"] is False
    assert modify(candidate, A_CHANGE).returncode == 0


def test_a_thaw_tells_for_how_long_no_change_was_taken(candidate: HostFolder, aws: Aws) -> None:
    began = time.monotonic()
    freeze(candidate, aws)
    time.sleep(2)
    answer = thaw(candidate, aws).answer
    assert answer.pop("read_only_seconds") in range(2, int(time.monotonic() - began) + 2)
    assert answer == {"read_only": False}
    assert thaw(candidate, aws).answer == {"read_only": False, "read_only_seconds": None}


def test_a_directory_that_is_frozen_again_was_so_all_the_time(
    candidate: HostFolder, aws: Aws
) -> None:
    freeze(candidate, aws)
    time.sleep(2)
    freeze(candidate, aws)
    assert thaw(candidate, aws).answer["read_only_seconds"] >= 2


@pytest.mark.parametrize("act", [freeze, thaw])
def test_freezing_and_thawing_can_be_done_twice(act, candidate: HostFolder, aws: Aws) -> None:
    assert act(candidate, aws).answer == act(candidate, aws).answer


def test_a_frozen_directory_stays_frozen_when_slapd_restarts(
    candidate: HostFolder, aws: Aws
) -> None:
    freeze(candidate, aws)
    tool(candidate, "systemctl", "stop", "slapd")
    tool(candidate, "systemctl", "start", "slapd")
    assert modify(candidate, A_CHANGE).returncode == 53


def test_a_directory_that_is_down_is_neither_frozen_nor_thawed(
    candidate: HostFolder, aws: Aws
) -> None:
    tool(candidate, "systemctl", "stop", "slapd")
    assert "slapd is down: start it" in freeze(candidate, aws).complaint
    assert "check that slapd runs" in thaw(candidate, aws).complaint


@pytest.mark.parametrize(
    ("name", "place"), [("freeze_directory", copied_to()), ("thaw_directory", {})]
)
def test_an_unknown_suffix_is_neither_frozen_nor_thawed(
    name: str, place: dict[str, str], candidate: HostFolder, aws: Aws
) -> None:
    outcome = run(name, candidate, aws, BaseDn="dc=else,dc=local", **place)
    assert "no database has the suffix dc=else,dc=local" in outcome.complaint
    assert modify(candidate, A_CHANGE).returncode == 0


def test_a_directory_whose_copy_cannot_be_stored_can_be_thawed(
    candidate: HostFolder, aws: Aws
) -> None:
    with uploads_refused(candidate):
        outcome = run("freeze_directory", candidate, aws, **copied_to())
    assert "cannot write s3://evidence/releases/copy.ldif.gz" in outcome.complaint
    assert thaw(candidate, aws).answer["read_only"] is False
    assert modify(candidate, A_CHANGE).returncode == 0


def test_a_freeze_that_waited_does_not_come_after_its_runs_thaw(
    candidate: HostFolder, aws: Aws
) -> None:
    with freezing_behind_another_command(candidate, aws) as waiting:
        assert thaw(candidate, aws, RUN).answer["read_only"] is False
        assert not waiting.done()
    assert waiting.result().complaint == (
        "freeze_directory: run-1 has thawed this directory: it is not frozen again"
    )
    assert modify(candidate, A_CHANGE).returncode == 0


def test_a_thaw_has_the_last_word_over_a_freeze_at_work(candidate: HostFolder, aws: Aws) -> None:
    thawed = candidate.root / "var/lib/changeover/thawed"
    own = candidate.tools / "mkfifo"  # called right after the freeze has checked
    own.write_text(f'#!/bin/sh\necho {RUN} > {thawed}\nexec /usr/bin/mkfifo "$@"\n')
    own.chmod(0o755)
    assert "run-1 has thawed this directory" in freeze(candidate, aws, RUN).complaint
    assert modify(candidate, A_CHANGE).returncode == 0


def test_a_later_run_freezes_what_an_earlier_one_has_thawed(
    candidate: HostFolder, aws: Aws
) -> None:
    for _ in range(2):
        assert thaw(candidate, aws, RUN).answer["read_only"] is False
    for name in (LATER, ""):
        assert freeze(candidate, aws, name).answer["read_only"] is True
    assert modify(candidate, A_CHANGE).returncode == 53


def test_a_thaw_by_hand_leaves_what_a_run_has_left(candidate: HostFolder, aws: Aws) -> None:
    thaw(candidate, aws, RUN)
    thaw(candidate, aws)
    assert "run-1 has thawed this directory" in freeze(candidate, aws, RUN).complaint


def test_a_thaw_that_can_leave_no_word_thaws_all_the_same(candidate: HostFolder, aws: Aws) -> None:
    freeze(candidate, aws, RUN)
    workplace = candidate.root / "var/lib/changeover"
    (workplace / "lock").unlink()
    workplace.rmdir()
    workplace.touch()
    outcome = thaw(candidate, aws, RUN)
    assert outcome.answer["read_only"] is False
    assert "is not stopped" in outcome.stderr
    assert modify(candidate, A_CHANGE).returncode == 0
