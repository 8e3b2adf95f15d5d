"""Runs an SSM document on a host of the rehearsal as the SSM agent runs it on an instance."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

_KILLED = 128 + signal.SIGKILL


class InvalidParameterError(ValueError):
    """SSM would refuse the command: a parameter is unknown, missing or invalid."""


class RunningDocument:
    """A script and its child processes, in one process group."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self._process = process
        self._seconds = seconds

    def wait(self) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        try:
            output, errors = self._process.communicate(timeout=self._seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            output, errors = self._process.communicate()
        code = self._process.returncode
        return _KILLED if code == -signal.SIGKILL else code, output, errors

    def kill(self) -> None:
        """End a command that takes too long or is canceled, as the agent does."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def run_document(
    path: Path, parameters: Mapping[str, str], host_root: Path, endpoint: str
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error. Raises InvalidParameterError."""
    return begin_document(path, parameters, host_root, endpoint).wait()


def begin_document(
    path: Path, parameters: Mapping[str, str], host_root: Path, endpoint: str
) -> RunningDocument:
    """Raises InvalidParameterError."""
    document = yaml.safe_load(path.read_text())
    values = _fill_in(document.get("parameters", {}), parameters)
    (step,) = document["mainSteps"]
    script = _substitute("\n".join(step["inputs"]["runCommand"]), values)
    seconds = float(step["inputs"]["timeoutSeconds"])
    return RunningDocument(_begin(script, host_root, endpoint), seconds)


def _fill_in(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    if unknown := given.keys() - declared.keys():
        raise InvalidParameterError(f"the document has no parameter {', '.join(sorted(unknown))}")
    values = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.get("default"))
        if value is None:
            raise InvalidParameterError(f"{name} is missing")
        if value not in parameter.get("allowedValues", [value]):
            raise InvalidParameterError(f"{name} must be one of {parameter['allowedValues']}")
        # fullmatch: Python's $ would accept a newline at the end.
        if not re.fullmatch(parameter["allowedPattern"], value):
            raise InvalidParameterError(f"{name} does not match {parameter['allowedPattern']}")
        values[name] = value
    return values


def _substitute(script: str, values: Mapping[str, str]) -> str:
    """Replace parameters as text, as SSM does. Nothing is quoted."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: values[found[1]], script)


def _environment(host_root: Path, endpoint: str) -> dict[str, str]:
    """The agent's environment. It has AWS_SSM_REGION_NAME, not AWS_DEFAULT_REGION."""
    tools = Path(sys.executable).parent
    return {
        "PATH": f"{host_root}/bin:{tools}:/usr/bin:/bin:/usr/sbin:/sbin",
        "CHANGEOVER_ROOT": str(host_root),
        "HOME": f"{host_root}/root",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_SSM_REGION_NAME": "us-east-1",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
    }


def _begin(script: str, host_root: Path, endpoint: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "bash", "-c", script],
        cwd=host_root,
        env=_environment(host_root, endpoint),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
