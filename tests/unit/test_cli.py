"""The command for operators."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from changeover import __version__, cli


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
    command = Path(sys.executable).with_name("changeover")
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"changeover \d+\.\d+\.\d+\n", said.stdout)
