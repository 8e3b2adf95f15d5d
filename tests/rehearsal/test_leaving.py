"""A rehearsal that ends in any way leaves only the files that explain its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from changeover.upgrade.finish import Outcome
from rehearsal.console.log_archive import keep_logs
from rehearsal.console.log_tails import log_end
from rehearsal.console.output_folder import BusyError, claimed
from rehearsal.control_plane import ControlPlane
from rehearsal.no_proxy import bypass_proxies
from rehearsal.options import expected, read_options
from tests.support.wait_for import eventually

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_rehearsal_that_is_stopped_leaves_nothing(
    sent: signal.Signals, status: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "rehearsal", "--users", "5", "--out", tmp_path / "out"]
    with subprocess.Popen(
        # The process that runs the tests may ignore a signal, and its children inherit that.
        ["env", "--default-signal", *command],
        cwd=ROOT,
        env=os.environ | {"SCENARIO": "", "LDIF": "", "APPROVE": "", "KEEP": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as rehearsal:
        assert rehearsal.stdout is not None
        assert "starting the control plane" in rehearsal.stdout.readline()
        work = scratch_of(rehearsal.pid)
        control_plane = int(children_of(rehearsal.pid)[0])
        rehearsal.send_signal(sent)
        _, errors = rehearsal.communicate(timeout=120)
    assert (rehearsal.returncode, errors) == (status, "stopped\n")
    # A child that outlives the rehearsal would create the folder again.
    assert not Path(f"/proc/{control_plane}").exists()
    assert not work.exists()


@pytest.fixture
def terminable() -> Iterator[None]:
    """Exit at SIGTERM, as a rehearsal does."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("terminable")
def test_a_stop_while_the_control_plane_is_begun_ends_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    def stopped_meanwhile(*given: Any, **options: Any) -> "subprocess.Popen[str]":
        process = popen(*given, **options)
        started.append(process.pid)
        signal.raise_signal(signal.SIGTERM)
        return process

    monkeypatch.setattr(subprocess, "Popen", stopped_meanwhile)
    with pytest.raises(SystemExit, match="143"), ControlPlane(tmp_path):
        raise AssertionError
    assert not Path(f"/proc/{started[0]}").exists()


def children_of(pid: int) -> list[str]:
    """Wait for the first child, which may start a moment later."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return eventually(lambda: children.read_text().split())


def scratch_of(pid: int) -> Path:
    """Return the scratch folder, which is in the control plane's command line."""
    child = children_of(pid)[0]
    words = eventually(lambda: _words(child))
    return Path(words[words.index("--work") + 1])


def _words(pid: str) -> list[str]:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return words if "--work" in words else []


def test_logs_are_kept_as_they_stood(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    for name in ("control-plane.log", "logs/step.log", "hosts/i-1.log", "live.ldif"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(name)
    kept = keep_logs(work, out)
    assert kept == out / "logs"
    assert {str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()} == {
        *("control-plane.log", "logs/step.log", "hosts/i-1.log"),
    }


def test_where_there_is_no_log_no_folder_is_made(tmp_path: Path) -> None:
    assert keep_logs(tmp_path / "work", tmp_path / "out") is None
    assert not (tmp_path / "out").exists()


def test_two_rehearsals_never_write_to_one_folder(tmp_path: Path) -> None:
    with claimed(tmp_path / "out", only_this=False) as first:
        with claimed(tmp_path / "out", only_this=False) as second:
            assert (first, second) == (tmp_path / "out", tmp_path / "out-2")
            (second / "report.json").touch()
        with (
            pytest.raises(BusyError, match="another rehearsal writes to"),
            claimed(tmp_path / "out", only_this=True),
        ):
            raise AssertionError
    with claimed(tmp_path / "out", only_this=True) as again:
        assert again == tmp_path / "out"
    assert [path.name for path in tmp_path.iterdir()] == ["out-2"]


@pytest.mark.parametrize(
    ("log", "end"),
    [
        (b"", "\n  (nothing)"),
        (b"one\n\n  two \n\n", "\n  one\n    two"),
        (b"".join(b"%d\n" % n for n in range(9)), "".join(f"\n  {n}" for n in range(3, 9))),
        (b"userPassword: {SSHA}abcdef\n", "\n  userPassword:…"),
        (b"value '{SSHA}abcdef' is odd\n", "\n  value '{SSHA}… is odd"),
        (b"\x1b[2Jcleared \xff\n", "\n  \\x1b[2Jcleared \ufffd"),
        (b"x" * 1000, "\n  " + "x" * 300 + "…"),
    ],
)
def test_a_log_s_end_is_what_a_person_may_read(log: bytes, end: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(log)
    assert log_end(tmp_path / "a.log") == end


def test_a_log_that_is_not_there_has_nothing_to_say(tmp_path: Path) -> None:
    assert log_end(tmp_path / "a.log") == "\n  (nothing)"


def test_a_person_may_say_no_and_has_a_day_to_do_it() -> None:
    options = read_options([], {"APPROVE": "me"})
    assert options.scenario.approval_seconds == 24 * 60 * 60
    assert expected(options, "rejected").outcome is Outcome.REJECTED
    assert expected(options, "completed").outcome is Outcome.COMPLETED
    assert expected(replace(options, me=False), "rejected").outcome is Outcome.COMPLETED


def test_no_proxy_is_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    bypass_proxies()
    bypass_proxies()
    assert os.environ["NO_PROXY"] == "intranet.example,127.0.0.1,localhost,127.18.0.0/16"
