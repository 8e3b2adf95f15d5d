"""SSM commands that run on the hosts of the rehearsal. moto answers all other SSM calls."""

import asyncio
import json
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from moto.ssm.exceptions import InvalidDocument
from moto.ssm.models import ssm_backends

from rehearsal.control_plane.endpoints import ACCOUNT, REGION
from rehearsal.control_plane.host_access import refuse_others
from rehearsal.control_plane.ssm_invocation import Invocation
from rehearsal.control_plane.stand_in import Given, ServiceError, StandIn
from rehearsal.host.ssm_agent import InvalidParameterError

STDOUT_LIMIT = 24_000
STDERR_LIMIT = 8_000
MAX_AT_ONCE = 16
KILLED = 128 + signal.SIGKILL


class Commands:
    """SendCommand and related calls."""

    def __init__(self, work: Path, moto: str) -> None:
        self._hosts = work / "hosts"
        self._documents = work / "documents"
        self._record = work / "commands.jsonl"
        self._moto = moto
        self._invocations: dict[tuple[str, str], Invocation] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._agents = ThreadPoolExecutor(MAX_AT_ONCE, "ssm-agent")
        self._documents.mkdir(parents=True, exist_ok=True)

    def stand_in(self) -> StandIn:
        operations = {
            "SendCommand": self.send,
            "GetCommandInvocation": self.look,
            "CancelCommand": self.cancel,
            "DescribeInstanceInformation": self.instances,
        }
        return StandIn(self._moto, operations)

    async def send(self, given: Given) -> Given:
        instances, name = given["InstanceIds"], given["DocumentName"]
        refuse_others(instances, name)
        away = [instance for instance in instances if instance not in self._online()]
        if away:
            raise ServiceError("InvalidInstanceId", f"Instances {away} not in a valid state")
        version = given.get("DocumentVersion")
        content = self._fetched(name, version)
        parameters = {key: values[0] for key, values in given.get("Parameters", {}).items()}
        command = str(uuid.uuid4())
        for instance in instances:
            self._start(Invocation(command, instance, name, version, content, parameters))
        return {
            "Command": {
                "CommandId": command,
                "DocumentName": name,
                "Parameters": given.get("Parameters", {}),
                "InstanceIds": instances,
                "RequestedDateTime": time.time(),
                "Status": "Pending",
                "StatusDetails": "Pending",
                "TargetCount": len(instances),
            }
        }

    async def look(self, given: Given) -> Given:
        invocation = self._invocations.get((given["CommandId"], given["InstanceId"]))
        if invocation is None or not invocation.seen:
            # As on AWS, the invocation does not exist yet right after SendCommand.
            if invocation is not None:
                invocation.seen = True
            raise ServiceError("InvocationDoesNotExist", "The command has no such invocation.")
        return {
            "CommandId": invocation.command,
            "InstanceId": invocation.instance,
            "DocumentName": invocation.document,
            "DocumentVersion": invocation.version or "$DEFAULT",
            "PluginName": "aws:runShellScript",
            "ResponseCode": invocation.code,
            "Status": invocation.status,
            "StatusDetails": invocation.status,
            "StandardOutputContent": invocation.stdout[:STDOUT_LIMIT],
            "StandardErrorContent": invocation.stderr[:STDERR_LIMIT],
        }

    async def cancel(self, given: Given) -> Given:
        for (command, instance), invocation in self._invocations.items():
            wanted = instance in given.get("InstanceIds", [instance])
            if command == given["CommandId"] and wanted and invocation.status == "InProgress":
                invocation.cancel()
        return {}

    async def instances(self, given: Given) -> Given:
        wanted = [
            value
            for one in given.get("Filters", [])
            if one["Key"] == "InstanceIds"
            for value in one["Values"]
        ]
        online = [instance for instance in self._online() if not wanted or instance in wanted]
        return {"InstanceInformationList": [_information(instance) for instance in online]}

    def _online(self) -> list[str]:
        """Return the instances whose SSM agent is registered: the hosts that have their tools."""
        return sorted(path.parent.name for path in self._hosts.glob("*/bin"))

    def _fetched(self, name: str, version: str | None) -> Path:
        backend: Any = ssm_backends[ACCOUNT][REGION]
        try:
            found = backend.get_document(name, version, None, "JSON")
        except InvalidDocument as error:
            raise ServiceError("InvalidDocument", f"Document {name} does not exist.") from error
        content = self._documents / f"{name}.{found['DocumentVersion']}.json"
        content.write_text(found["Content"])
        return content

    def _start(self, invocation: Invocation) -> None:
        self._invocations[invocation.command, invocation.instance] = invocation
        task = asyncio.create_task(self._run(invocation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, invocation: Invocation) -> None:
        started = time.time()
        host = self._hosts / invocation.instance
        try:
            code, stdout, stderr = await asyncio.get_running_loop().run_in_executor(
                self._agents, invocation.run, host, self._moto
            )
        except InvalidParameterError as error:
            code, stdout, stderr = 1, "", str(error)
        if code:
            # The SSM agent adds this last line.
            stderr = f"{stderr.rstrip()}\nfailed to run commands: exit status {code}"
        invocation.code, invocation.stdout, invocation.stderr = code, stdout, stderr
        if invocation.status == "InProgress":
            invocation.status = _status(code)
        self._note(invocation, started)

    def _note(self, invocation: Invocation, started: float) -> None:
        line = {
            "document": invocation.document,
            "instance": invocation.instance,
            "start": started,
            "seconds": round(time.time() - started, 3),
            "status": invocation.status,
            "code": invocation.code,
        }
        with self._record.open("a") as record:
            record.write(json.dumps(line) + "\n")


def _status(code: int) -> str:
    # Only a document that took too long is killed.
    return {0: "Success", KILLED: "TimedOut"}.get(code, "Failed")


def _information(instance: str) -> dict[str, Any]:
    return {
        "InstanceId": instance,
        "PingStatus": "Online",
        "LastPingDateTime": time.time(),
        "AgentVersion": "3.3.0.0",
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "ResourceType": "EC2Instance",
    }
