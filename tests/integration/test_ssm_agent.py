"""A document runs on a host in the SSM agent's environment only."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.control_plane import ControlPlane
from rehearsal.host.ssm_agent import InvalidParameterError, begin_document, run_document
from rehearsal.json_lines import read_lines
from tests.support.wait_for import eventually

# The file with the child's process ID appears when it is complete.
ENDLESS = "echo begun; sleep 60 & echo $! > new; mv new child; wait"


def document(folder: Path, script: str, seconds: int = 30) -> Path:
    parameters = {
        "Greeting": {"type": "String", "default": "hello", "allowedPattern": "^[a-z]+$"},
        "Name": {"type": "String", "allowedPattern": "^[a-z]+$"},
    }
    inputs = {"timeoutSeconds": str(seconds), "runCommand": [script]}
    steps = [{"action": "aws:runShellScript", "name": "say", "inputs": inputs}]
    path = folder / "document.json"
    path.write_text(
        json.dumps({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": steps})
    )
    return path


def test_parameters_are_put_in_as_text_with_their_defaults(tmp_path: Path) -> None:
    path = document(tmp_path, "echo '{{ Greeting }}' {{Name}}; echo aside >&2; exit 3")
    assert run_document(path, {"Name": "mary"}, tmp_path, "http://aws") == (
        3,
        "hello mary\n",
        "aside\n",
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Name is missing"),
        ({"Name": "mary", "Age": "7"}, "no parameter Age"),
        ({"Name": "Mary!"}, "Name does not match"),
        ({"Name": "mary\n"}, "Name does not match"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(
    given: dict[str, str], reason: str, tmp_path: Path
) -> None:
    path = document(tmp_path, "touch ran")
    with pytest.raises(InvalidParameterError, match=reason):
        run_document(path, given, tmp_path, "http://aws")
    assert not (tmp_path / "ran").exists()


def test_the_environment_is_the_hosts_and_nothing_of_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    path = document(tmp_path, "env -0")
    code, output, _ = run_document(path, {"Name": "mary"}, tmp_path, "http://aws")
    seen = dict(line.split("=", 1) for line in output.split("\0") if line)
    assert code == 0
    assert seen.keys() - {"PWD", "SHLVL", "_"} == {
        *("PATH", "CHANGEOVER_ROOT", "HOME", "AWS_ENDPOINT_URL", "AWS_SSM_REGION_NAME"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    }
    assert seen["PATH"].startswith(f"{tmp_path}/bin:")
    assert (seen["CHANGEOVER_ROOT"], seen["HOME"]) == (str(tmp_path), f"{tmp_path}/root")


def test_a_document_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    path = document(tmp_path, "echo begun; sleep 60 & wait", seconds=1)
    started = time.monotonic()
    assert run_document(path, {"Name": "mary"}, tmp_path, "http://aws") == (137, "begun\n", "")
    assert time.monotonic() - started < 20


def test_a_document_can_be_killed_with_its_children(tmp_path: Path) -> None:
    path = document(tmp_path, ENDLESS)
    running = begin_document(path, {"Name": "mary"}, tmp_path, "http://aws")
    await_true((tmp_path / "child").exists)
    running.kill()
    assert running.wait() == (137, "begun\n", "")
    running.kill()  # too late, but harmless


def test_a_command_that_is_cancelled_ends_on_the_host(tmp_path: Path) -> None:
    with ControlPlane(tmp_path / "work") as aws:
        host = aws.work / "hosts" / "i-0123456789abcdef0"
        (host / "bin").mkdir(parents=True)
        ssm = aws.client("ssm")
        content = document(tmp_path, ENDLESS, seconds=60).read_text()
        name, tags = "changeover-hpc-endless", [{"Key": "changeover:cluster", "Value": "hpc"}]
        ssm.create_document(Name=name, Content=content, DocumentType="Command")
        aws.client("ec2").create_tags(Resources=[host.name], Tags=tags)
        sent = ssm.send_command(
            InstanceIds=[host.name], DocumentName=name, Parameters={"Name": ["mary"]}
        )
        await_true((host / "child").exists)
        ssm.cancel_command(CommandId=sent["Command"]["CommandId"])
        (ended,) = eventually(lambda: read_lines(aws.work / "commands.jsonl"))
        assert (ended["status"], ended["code"]) == ("Cancelled", 137)
        child = int((host / "child").read_text())
        await_true(lambda: not Path(f"/proc/{child}").exists())


def await_true(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
