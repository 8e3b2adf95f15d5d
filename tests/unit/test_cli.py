"""The command for operators."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from changeover import __version__, cli
from rehearsal.people.directory import write_directory

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
        cli.main(["--colour"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --colour" in capsys.readouterr().err


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


def test_it_ends_quietly_when_it_is_interrupted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    long = tmp_path / "long.ldif"
    long.write_text("".join(f"dn: cn={n}\ncn: {n}\n\n" for n in range(50_000)))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert cli.main(["identities", "check", str(long)]) == 130
    finally:
        signal.signal(signal.SIGALRM, before)
    assert capfd.readouterr() == ("", "")
