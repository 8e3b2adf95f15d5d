"""Start the control plane as a child process, talk to it, stop it."""

import json
import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from rehearsal.console.log_tails import log_end
from rehearsal.control_plane.endpoints import CREDENTIALS, REGION, variables
from rehearsal.deferred_signals import uninterrupted

STOP_SECONDS = 30


class ControlPlane:
    """AWS for one rehearsal: `with ControlPlane(work) as aws: aws.client("s3")`.

    `fail_stacks` are names of CloudFormation stacks whose creation fails and is rolled back.
    """

    def __init__(self, work: Path, fail_stacks: Collection[str] = ()) -> None:
        self.work = work
        self.endpoints: dict[str, str] = {}
        self._fail_stacks = fail_stacks
        self._clients: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            # An interrupted start would write into its folder after that was removed.
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        return self.endpoints["endpoint"]

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point the AWS CLI and SDKs to this control plane."""
        return variables(self.endpoints)

    def start(self) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        faults = [word for name in self._fail_stacks for word in ("--fail-stack", name)]
        with (self.work / "control-plane.log").open("ab") as log, uninterrupted():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal.control_plane", "--work", self.work, *faults],
                env=_without_aws(os.environ) | CREDENTIALS | {"AWS_DEFAULT_REGION": REGION},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # It ends with its standard input, so the terminal's interrupt must not reach it.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready:
            said = log_end(Path(log.name))
            raise RuntimeError(f"the control plane did not start; its last lines:{said}")
        self.endpoints = json.loads(ready)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    def client(self, service: str) -> Any:
        """A boto3 client of `service` at the endpoint that serves it here."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]  # its name is known at run time only
                endpoint_url=self.endpoints.get(service, self.endpoint),
                region_name=REGION,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service]


def _without_aws(environment: "os._Environ[str]") -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}
