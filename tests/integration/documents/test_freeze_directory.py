"""A frozen directory refuses changes, lets users in and is copied; thawing ends that."""

import pytest

from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.documents.copies import assert_copied, copied_to
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


def freeze(host: HostFolder, aws: Aws) -> Outcome:
    return run("freeze_directory", host, aws, **copied_to())


def thaw(host: HostFolder, aws: Aws) -> Outcome:
    return run("thaw_directory", host, aws)


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
    assert thaw(candidate, aws).answer == {"read_only": False}
    assert modify(candidate, A_CHANGE).returncode == 0


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
    away = copied_to() | {"Destination": "s3://no-such-bucket/x.gz"}
    outcome = run("freeze_directory", candidate, aws, **away)
    assert "cannot write s3://no-such-bucket/x.gz" in outcome.complaint
    assert thaw(candidate, aws).answer == {"read_only": False}
    assert modify(candidate, A_CHANGE).returncode == 0
