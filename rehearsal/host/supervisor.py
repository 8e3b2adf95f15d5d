"""Start a scheduler host for each running EC2 instance with its tags; stop it with the instance."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.console.log_tails import log_end
from rehearsal.host.folder import Fault, HostFolder, release_of
from rehearsal.host.launch import launch

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

_POLL_SECONDS = 0.5
_SCHEDULERS: list["FilterTypeDef"] = [
    {"Name": "tag:soca:NodeType", "Values": ["scheduler"]},
    {"Name": "instance-state-name", "Values": ["running"]},
]


@dataclass(slots=True)
class _Host:
    release: str
    folder: HostFolder
    process: subprocess.Popen[bytes]
    mourned: bool = False


class Supervisor:
    """A thread between `__enter__` and `__exit__`, which leaves no host and no folder.

    `faults` and `seeds` are by release. Faults exist from the start. A seed is the LDIF of a
    whole tree that replaces the installer's new one.
    """

    def __init__(
        self,
        work: Path,
        endpoint: str,
        *,
        ready_after: float = 2.0,
        faults: Mapping[str, Collection[Fault]] | None = None,
        seeds: Mapping[str, Path] | None = None,
    ) -> None:
        self._work = work
        self._ready_after = ready_after
        self._faults = faults or {}
        self._seeds = seeds or {}
        self._hosts: dict[str, _Host] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hosts")
        session = boto3.Session("rehearsal", "rehearsal", region_name="us-east-1")
        patience = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
        self._ec2 = session.client("ec2", endpoint_url=endpoint, config=patience)
        self._stacks = session.client("cloudformation", endpoint_url=endpoint, config=patience)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join()

    def end_of(self, release: str) -> str | None:
        """The last log lines of the release's host if its process ended unexpectedly, or None."""
        hosts = [host for host in [*self._hosts.values()] if host.release == release]
        return next((log_end(host.folder.log) for host in hosts if host.mourned), None)

    def _watch(self) -> None:
        try:
            while not self._ending.wait(_POLL_SECONDS):
                try:
                    self._follow()
                except (BotoCoreError, ClientError) as error:
                    # The control plane may start late and stop early. Its last answer stays valid.
                    print(f"hosts: {error}", file=sys.stderr)
        finally:
            self._end(set(self._hosts))

    def _follow(self) -> None:
        running = self._running_schedulers()
        self._end(self._hosts.keys() - running.keys())
        for instance in running.keys() - self._hosts.keys():
            self._hosts[instance] = self._start(instance, running[instance])
        for instance, host in self._hosts.items():
            self._mourn(instance, host)

    def _running_schedulers(self) -> dict[str, str]:
        """Return SOCA's ClusterId by instance ID."""
        answer = self._ec2.describe_instances(Filters=_SCHEDULERS)
        return {
            instance["InstanceId"]: tag["Value"]
            for reservation in answer["Reservations"]
            for instance in reservation["Instances"]
            for tag in instance["Tags"]
            if tag["Key"] == "soca:ClusterId"
        }

    def _start(self, instance: str, cluster_id: str) -> _Host:
        folder = HostFolder(self._work / "hosts" / instance)
        release = release_of(cluster_id)
        process = launch(
            folder,
            cluster_id,
            ready_after=self._ready_after,
            origin=self._seeds.get(release) or self._bootstrap_account(release),
            faults=self._faults.get(release, ()),
        )
        return _Host(release, folder, process)

    def _bootstrap_account(self, release: str) -> str | None:
        """The release of an instance: its stack's name. Empty outside a stack."""
        try:
            (stack,) = self._stacks.describe_stacks(StackName=release)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return None
        parameters = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
        return parameters.get("UserName")

    def _mourn(self, instance: str, host: _Host) -> None:
        """Report once that a host's process ended unexpectedly. It is not started again."""
        if not host.mourned and host.process.poll() is not None:
            host.mourned = True
            host.folder.description.unlink(missing_ok=True)
            said = log_end(host.folder.log)
            print(f"hosts: {instance} has ended; its last lines:{said}", file=sys.stderr)

    def _end(self, instances: Collection[str]) -> None:
        """Stop all hosts at once, then wait for each."""
        hosts = [self._hosts.pop(instance) for instance in instances]
        for host in hosts:
            host.folder.description.unlink(missing_ok=True)
            host.process.terminate()
        for host in hosts:
            host.process.wait()
            shutil.rmtree(host.folder.root, ignore_errors=True)
