"""Run an inline buildspec (version 0.2) in a scratch folder, phase by phase, as CodeBuild does."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PHASES = ("install", "pre_build", "build", "post_build")
NOT_HERE = {"parameter-store", "secrets-manager"}

# All commands of a phase run in one shell. Files keep the current command, the variables and the
# folder: for the failure report, for the next phase and for the exported variables.
SHELL = r"""
cd -- "$(cat "$0/cwd")" || exit
for command in "$0"/command-*; do
  printf %s "${command##*-}" >"$0/running"
  eval "$(cat "$command")" || exit
  env -0 >"$0/env" && pwd >"$0/cwd" || exit
done
"""


@dataclass
class Phase:
    """One phase of a build, in CodeBuild's words."""

    kind: str
    status: str = "IN_PROGRESS"
    message: str = ""
    started: float = field(default_factory=time.time)
    ended: float | None = None

    def end(self, status: str, message: str = "") -> None:
        self.status, self.message, self.ended = status, message, time.time()


class BuildspecRun:
    """Use: `run` once; `phases` and `variables` may be read meanwhile; `stop` ends it early."""

    def __init__(
        self, spec: dict[str, Any], variables: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        given = spec.get("env", {})
        self.phases: list[Phase] = []
        self.variables = {**_texts(given.get("variables", {})), **variables}
        self._unsupported = NOT_HERE & given.keys()
        self._exported = given.get("exported-variables", [])
        self._spec = spec.get("phases", {})
        self._folder = folder
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._stopped = False

    @property
    def exported(self) -> dict[str, str]:
        return {name: self.variables.get(name, "") for name in self._exported}

    async def run(self) -> str:
        """The build's status: SUCCEEDED or FAILED, or STOPPED."""
        if self._unsupported:
            raise NotImplementedError(f"env/{', '.join(self._unsupported)} in a buildspec")
        source = self._folder / "src"
        source.mkdir(parents=True)
        (self._folder / "cwd").write_text(str(source))
        succeeding = True
        for name in PHASES:
            # After a failed build phase, post_build still runs; after any other, nothing does.
            if succeeding or (name == "post_build" and self.phases[-1].kind == "BUILD"):
                self.variables["CODEBUILD_BUILD_SUCCEEDING"] = str(int(succeeding))
                succeeding = await self._run_phase(name) and succeeding
        if self._stopped:
            return "STOPPED"
        return "SUCCEEDED" if succeeding else "FAILED"

    def stop(self) -> None:
        self._stopped = True
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _run_phase(self, name: str) -> bool:
        phase = Phase(name.upper())
        self.phases.append(phase)
        commands = [str(each) for each in self._spec.get(name, {}).get("commands", [])]
        code = await self._run_commands(commands) if commands and not self._stopped else 0
        if self._stopped:
            phase.end("STOPPED")
        elif code:
            running = commands[int((self._folder / "running").read_text())]
            reason = f"Error while executing command: {running}. Reason: exit status {code}"
            phase.end("FAILED", reason)
        else:
            phase.end("SUCCEEDED")
        return phase.status == "SUCCEEDED"

    async def _run_commands(self, commands: list[str]) -> int:
        for former in self._folder.glob("command-*"):
            former.unlink()
        for number, command in enumerate(commands):
            (self._folder / f"command-{number:03}").write_text(command)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *("bash", "-c", SHELL, str(self._folder)),
                env=self.variables,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            if self._stopped:  # while the process was being made
                self.stop()
            code = await self._process.wait()
        self._take_over_variables()
        return code

    def _take_over_variables(self) -> None:
        left = self._folder / "env"
        if left.exists():
            pairs = (line.partition("=") for line in _text(left).split("\0") if line)
            self.variables = {name: value for name, _, value in pairs}


def _text(path: Path) -> str:
    """A variable may hold any bytes, such as a file name that is not UTF-8."""
    return path.read_text(errors="surrogateescape")


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
