"""A host starts, gets ready and describes itself. Its slapd can be stopped."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_browser import Browser
from tests.integration.scheduler_hosts import (
    described,
    modify,
    password_change,
    scheduler_host,
    tool,
)
from tests.support.wait_for import eventually


@pytest.fixture(scope="module")
def host() -> Iterator[HostFolder]:
    with scheduler_host("socaboot") as host:
        yield host


def test_the_web_interface_lives_on_while_slapd_is_down(host: HostFolder) -> None:
    modify(host, password_change("socaboot", "right"))
    browser = Browser(host)
    browser.log_in("socaboot", "right")
    tool(host, "systemctl", "stop", "slapd")
    assert tool(host, "systemctl", "is-active", "slapd").stdout == "inactive\n"
    assert browser.get("/")[1] == "200"
    assert Browser(host).log_in("socaboot", "right") == "302 /login"
    assert tool(host, "systemctl", "start", "slapd").returncode == 0
    assert Browser(host).log_in("socaboot", "right") == "302 /"


def test_slapd_can_be_stopped_and_started_twice(host: HostFolder) -> None:
    for verb in ("stop", "stop", "start", "start"):
        assert tool(host, "systemctl", verb, "slapd").returncode == 0
    assert tool(host, "systemctl", "is-active", "slapd").stdout == "active\n"


def test_starting_slapd_without_a_database_fails(host: HostFolder) -> None:
    away = host.database.with_name("away")
    tool(host, "systemctl", "stop", "slapd")
    host.database.rename(away)
    assert tool(host, "systemctl", "start", "slapd").returncode == 1
    assert tool(host, "systemctl", "is-active", "slapd").stdout == "inactive\n"
    away.rename(host.database)
    assert tool(host, "systemctl", "start", "slapd").returncode == 0


def test_a_host_gets_ready_after_a_while() -> None:
    with scheduler_host(ready_after=2) as host:
        assert not host.motd.exists()
        eventually(host.motd.exists)
        assert "Cluster: soca-hpc-r1" in host.motd.read_text()


def test_a_host_that_never_gets_ready_has_no_marker() -> None:
    with scheduler_host(faults=["never-ready"]) as host:
        time.sleep(1)
        assert not host.motd.exists()


def test_a_host_says_where_it_is(host: HostFolder) -> None:
    description = described(host)
    assert re.fullmatch(r"127\.18\.0\.\d+", description["address"])
    assert (description["release"], description["cluster_id"]) == ("hpc-r1", "soca-hpc-r1")
    for pid in description["pids"].values():
        assert Path(f"/proc/{pid}").exists()


def test_an_idle_host_costs_next_to_nothing(host: HostFolder) -> None:
    def ticks() -> int:
        stats = (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            for pid in described(host)["pids"].values()
        )
        return sum(int(stat[11]) + int(stat[12]) for stat in stats)

    before = ticks()
    time.sleep(2)
    # Hundredths of a second. A busy loop would use two hundred.
    assert ticks() - before <= 20
