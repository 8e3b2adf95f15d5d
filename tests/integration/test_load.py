import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.json_lines import read_lines
from rehearsal.load import ROOT, Load, summary
from tests.integration.web_hosts import WebHost, WebHosts
from tests.support.wait_for import eventually

MANY = 8  # users, so many that some are logged in at any time, despite their random pauses
PASSWORDS = {"mary": "Spring#2021", "jane.doe": "Autumn_2021"}


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[WebHosts]:
    with WebHosts(tmp_path) as hosts:
        yield hosts


@pytest.fixture
def host(hosts: WebHosts) -> WebHost:
    return hosts.start("i-live", WebHost("hpc-r1", dict(PASSWORDS)))


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(PASSWORDS))
    return path


def test_users_log_in_look_at_pages_and_come_back(
    host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out, users=4, rate=200):
        eventually(lambda: len([each for each in read_lines(out) if each["what"] == "login"]) > 8)
        eventually(lambda: host.asked["/"] and host.asked["/ping"])
    met = summary(out)
    assert met["failed"] == met["relogins"] == 0
    assert {each["what"] for each in read_lines(out)} == {"form", "login", "page"}
    assert set(read_lines(out)[0]) == {"t", "release", "what", "status", "ms", "ok"}


def test_the_load_is_bounded_in_rate_and_time(
    host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out, users=4, rate=20, seconds=2) as load:
        eventually(load.ended)
    # A slow machine sends fewer requests. No machine can send more than the shortest pauses allow.
    assert 0 < len(read_lines(out)) <= 2 * 20 * 2


def test_a_refused_right_password_is_a_failed_request(
    host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    host.passwords["mary"] = "another"
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out, users=1, rate=50):
        eventually(lambda: summary(out)["failed"] > 0)
    failed = next(each for each in read_lines(out) if not each["ok"])
    assert (failed["what"], failed["status"]) == ("login", 302)
    assert summary(out)["relogins"] == 0


def test_no_answer_at_all_is_a_failed_request(
    hosts: WebHosts, host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out, users=2, rate=50):
        eventually(lambda: summary(out)["requests"] > 5)
        hosts.stop("i-live")
        eventually(lambda: summary(out)["failed"] > 5)
    assert read_lines(out)[-1]["status"] == 0


def test_a_session_that_stayed_on_another_release_is_a_relogin(
    host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out, users=MANY, rate=50):
        eventually(lambda: host.asked["/"] > MANY)
        host.release = "hpc-r2"
        host.forget_sessions()
        eventually(lambda: summary(out)["relogins"] > 0)
        seen = len(read_lines(out))
        eventually(lambda: any(each["what"] == "login" for each in read_lines(out)[seen:]))
    assert summary(out)["failed"] == 0


def test_a_session_that_its_own_release_has_lost_is_a_failed_page(
    host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out, users=MANY, rate=50):
        eventually(lambda: host.asked["/"] > MANY)
        host.forget_sessions()
        eventually(lambda: summary(out)["failed"] > 0)
    failed = next(each for each in read_lines(out) if not each["ok"])
    assert (failed["what"], failed["status"], failed["release"]) == ("page", 302, "hpc-r1")
    assert summary(out)["relogins"] == 0


def test_the_load_ends_with_its_parent(host: WebHost, credentials: Path, tmp_path: Path) -> None:
    out = tmp_path / "traffic.jsonl"
    program = (
        "import sys, time; from pathlib import Path; from rehearsal.load import Load\n"
        "with Load(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])) as load:\n"
        "    print(load.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, host.url, str(credentials), str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        load = int(parent.stdout.readline())
        eventually(lambda: summary(out)["requests"] > 0)
        parent.kill()
    eventually(lambda: not runs(load))


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_load_that_could_not_run_says_so(host: WebHost, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    with (
        pytest.raises(RuntimeError, match="status 1"),
        Load(host.url, missing, tmp_path / "traffic.jsonl") as load,
    ):
        eventually(load.ended)


def test_the_longest_gap_is_the_time_without_any_good_answer(tmp_path: Path) -> None:
    out = tmp_path / "traffic.jsonl"
    lines = [
        {"t": 100.0, "release": "hpc-r1", "what": "page", "status": 200, "ms": 50, "ok": True},
        {"t": 100.2, "release": "hpc-r1", "what": "page", "status": 200, "ms": 1300, "ok": True},
        {"t": 100.9, "release": "", "what": "page", "status": 0, "ms": 10, "ok": False},
        {"t": 101.9, "release": "hpc-r2", "what": "relogin", "status": 302, "ms": 100, "ok": True},
        {"t": 102.0, "release": "hpc-r2", "what": "page", "status": 502, "ms": 200, "ok": False},
    ]
    out.write_text("\n".join(map(json.dumps, lines)) + '\n{"t": 102.3, "rel')
    assert summary(out) == {
        "requests": 5,
        "failed": 2,
        "relogins": 1,
        "longest_gap_ms": 1450,
        "by_release": {"hpc-r1": 2, "hpc-r2": 2},
    }


def test_an_outage_at_the_end_is_a_gap_too(tmp_path: Path) -> None:
    out = tmp_path / "traffic.jsonl"
    lines = [
        {"t": 5.0, "release": "hpc-r1", "what": "page", "status": 200, "ms": 0, "ok": True},
        {"t": 9.0, "release": "", "what": "page", "status": 0, "ms": 1000, "ok": False},
    ]
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert summary(out)["longest_gap_ms"] == 5000


def test_no_line_at_all_is_no_traffic(tmp_path: Path) -> None:
    met = summary(tmp_path / "traffic.jsonl")
    assert (met["requests"], met["longest_gap_ms"], met["by_release"]) == (0, 0, {})


def test_an_interrupt_of_the_terminal_does_not_reach_the_load(
    host: WebHost, credentials: Path, tmp_path: Path
) -> None:
    out = tmp_path / "traffic.jsonl"
    with Load(host.url, credentials, out) as load:
        assert os.getpgid(load.pid) != os.getpgid(0)
        os.kill(load.pid, signal.SIGTERM)
        eventually(load.ended)
