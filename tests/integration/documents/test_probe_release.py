"""A probe reports what it found. It fails only if it could not try."""

import json
from typing import Any

import pytest

from rehearsal.actors.sample_directory import PROBE, password_of
from rehearsal.host.folder import HostFolder
from tests.integration.scheduler_hosts import (
    Aws,
    leftovers,
    modify,
    password_change,
    run,
    suffering,
    tool,
)


def test_a_probe_reports_what_works(live: HostFolder, aws: Aws) -> None:
    assert probe(live, aws) == {
        "ping": "Alive",
        "login": True,
        "wrong_password_refused": True,
        "bind": True,
        "scheduler": "Active",
        "queues": ["low", "normal", "high", "desktop", "test", "alwayson"],
        "users": 401,
        "groups": 408,
        "sudo_roles": 12,
        "services": dict.fromkeys(("slapd", "pbs", "sssd", "crond"), "active"),
    }


def test_a_probe_tells_a_web_login_from_a_bind(live: HostFolder, aws: Aws) -> None:
    with suffering(live, "login-refused"):
        found = probe(live, aws)
    assert (found["login"], found["wrong_password_refused"], found["bind"]) == (False, True, True)


def test_a_probe_of_a_silent_scheduler_is_an_answer(live: HostFolder, aws: Aws) -> None:
    with suffering(live, "scheduler-down"):
        found = probe(live, aws)
    assert (found["scheduler"], found["queues"]) == ("", [])
    assert found["services"]["pbs"] == "inactive"


def test_a_probe_of_an_account_that_is_not_there_is_an_answer(
    candidate: HostFolder, aws: Aws
) -> None:
    found = probe(candidate, aws)
    assert (found["login"], found["wrong_password_refused"], found["bind"]) == (False, True, False)


def test_a_probe_of_a_dead_directory_is_an_answer(candidate: HostFolder, aws: Aws) -> None:
    tool(candidate, "systemctl", "stop", "slapd")
    (candidate.database / "lock.mdb").unlink()  # slapcat would create it again, as root
    found = probe(candidate, aws)
    assert (found["ping"], found["login"], found["bind"]) == ("Alive", False, False)
    assert found["services"]["slapd"] == "inactive"
    assert (found["users"], found["groups"], found["sudo_roles"]) == (0, 0, 0)
    assert not (candidate.database / "lock.mdb").exists()


def test_a_probe_does_not_wait_for_a_scheduler_that_hangs(candidate: HostFolder, aws: Aws) -> None:
    (candidate.tools / "qstat").write_text("#!/bin/sh\nexec sleep 60\n")
    patient = candidate.tools / "timeout"
    patient.write_text('#!/bin/sh\nshift 2\nexec /usr/bin/timeout --foreground 1 "$@"\n')
    patient.chmod(0o755)
    found = probe(candidate, aws)
    assert (found["scheduler"], found["queues"], found["ping"]) == ("", [], "Alive")


def test_a_probe_copes_with_any_printable_password(candidate: HostFolder, aws: Aws) -> None:
    password = "".join(map(chr, range(0x20, 0x7F))) + " %41+&"
    modify(candidate, password_change("socaboot", password))
    secret = json.dumps({"password": password, "username": "socaboot"}).replace("&", "\\u0026")
    aws.client("secretsmanager").create_secret(Name="odd", SecretString=secret)
    found = run("probe_release", candidate, aws, SecretId="odd").answer
    assert (found["login"], found["wrong_password_refused"], found["bind"]) == (True, True, True)


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "plain text",
        '{"username": "mary"}',
    ],
)
def test_a_probe_without_an_account_to_try_fails(
    content: str, candidate: HostFolder, aws: Aws
) -> None:
    aws.client("secretsmanager").create_secret(Name=f"half/{len(content)}", SecretString=content)
    outcome = run("probe_release", candidate, aws, SecretId=f"half/{len(content)}")
    assert "lacks username or password" in outcome.complaint


@pytest.mark.parametrize("odd", ["pä boss #1", "日本", "plain"])
def test_a_probe_says_what_it_cannot_read_in_a_secret(
    odd: str, candidate: HostFolder, aws: Aws
) -> None:
    name = "mary" if odd != "plain" else "märy"
    content = json.dumps({"username": name, "password": odd})
    aws.client("secretsmanager").create_secret(Name=f"odd/{len(odd)}", SecretString=content)
    outcome = run("probe_release", candidate, aws, SecretId=f"odd/{len(odd)}")
    assert f"the secret odd/{len(odd)} is not all ASCII" in outcome.complaint
    assert "lacks" not in outcome.stderr


def test_a_probe_without_its_secret_fails(candidate: HostFolder, aws: Aws) -> None:
    outcome = run("probe_release", candidate, aws, SecretId="no/such/secret")
    assert "cannot read the secret no/such/secret" in outcome.complaint


def test_a_probe_shows_no_secret_and_leaves_none(live: HostFolder, aws: Aws) -> None:
    outcome = run("probe_release", live, aws, SecretId="changeover/hpc/probe")
    assert password_of(PROBE) not in outcome.stdout + outcome.stderr
    assert leftovers(live) == ["lock"]


def probe(host: HostFolder, aws: Aws) -> dict[str, Any]:
    return run("probe_release", host, aws, SecretId="changeover/hpc/probe").answer
