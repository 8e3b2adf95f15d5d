"""The command for operators."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from changeover import __version__, cli
from rehearsal.actors.sample_directory import write_directory

COMMAND = Path(sys.executable).with_name("changeover")


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"changeover {__version__}\n"


def test_without_a_command_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "Blue/green upgrades for Scale-Out Computing on AWS" in capsys.readouterr().out


def test_what_it_does_not_know_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--color"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --color" in capsys.readouterr().err


def test_the_installed_command_is_this_one() -> None:
    said = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"changeover \d+\.\d+\.\d+\n", said.stdout)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "live.ldif"
    write_directory(path, users=200)
    return path


def test_it_is_silent_when_nobody_reads_on(tree: Path) -> None:
    command = [COMMAND, "identities", "convert", tree, "--to", "2.7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_it_says_when_its_output_has_no_room(tree: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [COMMAND, "identities", "check", tree],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == "changeover: the output cannot be written: No space left on device\n"
    assert done.returncode == 2


def run(*arguments: object, then: str = "", **more: object) -> subprocess.CompletedProcess[str]:
    """The command, as the shell runs it with what is appended."""
    words = " ".join(map(str, ("exec", COMMAND, "identities", *arguments, then)))
    return subprocess.run(
        ["bash", "-c", words], capture_output=True, text=True, check=False, **more
    )


def test_an_export_can_be_piped(tree: Path) -> None:
    plain = run("check", tree)
    assert plain.returncode == 0
    for way in (f"< {tree}", f"< <(cat {tree})", f"< <(gzip -c {tree})"):
        assert run("check", "-", then=way).stdout == plain.stdout
    assert run("check", f"<(gzip -c {tree})").stdout == plain.stdout
    same = run("diff", "-", f"<(cat {tree})", then=f"< {tree}")
    assert (same.returncode, same.stderr) == (0, "")


def test_a_pipe_leaves_nothing_behind(tree: Path, tmp_path: Path) -> None:
    assert run("check", "-", then=f"< {tree}", env={"TMPDIR": str(tmp_path)}).returncode == 0
    assert not [*tmp_path.iterdir()]


def test_what_it_reads_from_stdin_is_not_overwritten_either(tree: Path) -> None:
    before = tree.read_bytes()
    for way in (f"-o {tree} < {tree}", f"< {tree} >> {tree}", f"< {tree} 1<> {tree}"):
        done = run("convert - --to 2.7", then=way)
        assert done.returncode == 2
        assert "is the same file as the input -: write to another file" in done.stderr
    assert tree.read_bytes() == before


@pytest.mark.parametrize(
    ("closed", "complaint"),
    [
        (">&-", "changeover: stdout is closed: leave it open, or redirect it to a file\n"),
        ("<&-", "changeover: stdin is closed: name a file\n"),
        (">&- 2>&-", ""),
    ],
)
def test_a_closed_stream_is_told(closed: str, complaint: str) -> None:
    done = run("check", "-", then=closed)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", complaint)


def test_without_stderr_it_works(tree: Path) -> None:
    assert run("check", tree, then="2>&-").returncode == 0


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGHUP])
def test_an_end_by_force_leaves_no_draft(tree: Path, tmp_path: Path, way: signal.Signals) -> None:
    out = tmp_path / "out.ldif"
    script = f"""
import os, sys
from changeover import cli
from changeover.cli import convert
whole = convert.write_directory
def slow(entries):
    pieces = whole(entries)
    yield next(pieces)
    assert len(os.listdir({str(tmp_path)!r})) == 1
    os.kill(os.getpid(), {int(way)})
    yield from pieces
convert.write_directory = slow
sys.exit(cli.main(["identities", "convert", {str(tree)!r}, "--to", "2.7", "-o", {str(out)!r}]))
"""
    # Whoever runs the tests may have switched a signal off, for its children too.
    command = ["env", "--default-signal", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")
    assert not [*tmp_path.iterdir()]


def test_a_fault_of_ours_is_no_finding(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("changeover.cli.check.inspect", None)
    assert cli.main(["identities", "check", str(tree)]) == 70
    assert "TypeError" in capfd.readouterr().err


def test_it_ends_quietly_when_it_is_interrupted(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        signal.raise_signal(signal.SIGALRM)

    monkeypatch.setattr("changeover.cli.check.inspect", interrupted)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        assert cli.main(["identities", "check", str(tree)]) == 130
    finally:
        signal.signal(signal.SIGALRM, before)
    assert capfd.readouterr() == ("", "")
