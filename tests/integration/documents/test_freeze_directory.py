"""A frozen directory refuses changes and lets users in; thawing ends that."""

import pytest

from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.scheduler_hosts import Aws, binds, modify, password_change, run, tool

A_CHANGE = password_change("socaboot", "other")


def test_a_frozen_directory_refuses_writes_and_lets_users_in(
    candidate: HostFolder, aws: Aws
) -> None:
    modify(candidate, password_change("socaboot", "known"))
    assert run("freeze_directory", candidate, aws).answer == {"read_only": True}
    own = ("-x", "-D", f"uid=socaboot,ou=People,{BASE_DN}", "-w", "known")
    for bound in ((), own):
        assert modify(candidate, A_CHANGE, *bound).returncode == 53
    assert binds(candidate, "socaboot", "known")


def test_a_thawed_directory_takes_writes_again(candidate: HostFolder, aws: Aws) -> None:
    run("freeze_directory", candidate, aws)
    assert run("thaw_directory", candidate, aws).answer == {"read_only": False}
    assert modify(candidate, A_CHANGE).returncode == 0


@pytest.mark.parametrize("name", ["freeze_directory", "thaw_directory"])
def test_freezing_and_thawing_can_be_done_twice(name: str, candidate: HostFolder, aws: Aws) -> None:
    assert run(name, candidate, aws).answer == run(name, candidate, aws).answer


def test_a_frozen_directory_stays_frozen_when_slapd_restarts(
    candidate: HostFolder, aws: Aws
) -> None:
    run("freeze_directory", candidate, aws)
    tool(candidate, "systemctl", "stop", "slapd")
    tool(candidate, "systemctl", "start", "slapd")
    assert modify(candidate, A_CHANGE).returncode == 53


@pytest.mark.parametrize("name", ["freeze_directory", "thaw_directory"])
def test_a_directory_that_is_down_is_neither_frozen_nor_thawed(
    name: str, candidate: HostFolder, aws: Aws
) -> None:
    tool(candidate, "systemctl", "stop", "slapd")
    assert "check that slapd runs" in run(name, candidate, aws).complaint


def test_freezing_an_unknown_suffix_fails(candidate: HostFolder, aws: Aws) -> None:
    outcome = run("freeze_directory", candidate, aws, BaseDn="dc=else,dc=local")
    assert "no database has the suffix dc=else,dc=local" in outcome.complaint
    assert modify(candidate, A_CHANGE).returncode == 0
