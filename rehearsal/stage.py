"""Prepare a rehearsal: an account with the deployed app and an adopted live release."""

import json
import shlex
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rehearsal import account
from rehearsal.account import CLUSTER
from rehearsal.actors.population import People
from rehearsal.actors.sample_directory import BOOTSTRAP
from rehearsal.console.log_tails import log_end
from rehearsal.control_plane.client import ControlPlane
from rehearsal.control_plane.deploy import deploy
from rehearsal.control_plane.endpoints import CREDENTIALS, REGION
from rehearsal.front_door import RELEASE_HEADER, FrontDoor, free_door
from rehearsal.host.supervisor import Supervisor
from rehearsal.load import Load
from rehearsal.releases import installed
from rehearsal.scenario import Scenario

LIVE = f"{CLUSTER}-r1"
CANDIDATE = f"{CLUSTER}-r2"
_ROOT = Path(__file__).parents[1]
_READY_SECONDS = 60
_BROWSERS = 8


class StageError(RuntimeError):
    """The account could not be prepared. The rehearsal has not begun."""


class Stage:
    """Everything that runs before, during and after the upgrade, as one context.

    `aws` is the control plane, `outputs` are those of the deployed app, `front_door` has the URLs.
    `browsing` are the users of the load: their passwords must not change during the run.
    """

    def __init__(
        self, work: Path, scenario: Scenario, people: People, note: Callable[[str], None]
    ) -> None:
        self.work = work
        self.inbox = work / "inbox"
        self.traffic = work / "traffic.jsonl"
        self.browsing = dict(islice(people.passwords.items(), _BROWSERS))
        self._scenario = scenario
        self._people = people
        self._note = note
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._running = starting
            self._set()
            self._running = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.__exit__(kind, error, trace)

    def _set(self) -> None:
        self._note("starting the control plane")
        fail_stacks = [CANDIDATE] if self._scenario.stack_fails else []
        self.aws = self._running.enter_context(ControlPlane(self.work, fail_stacks))
        self._note("deploying template.yaml")
        door = self._running.enter_context(free_door())
        answers = account.answers(self.aws, f"http://127.0.0.1:{door.getsockname()[1]}")
        self.outputs = deploy(_ROOT / "template.yaml", answers, self.aws)
        account.prepare(self.aws, self.outputs, self._scenario, self._people, self.work)
        self._note(f"starting {LIVE} with {len(self._people.passwords)} known passwords")
        self._deploy_live(self._running.enter_context(self._hosts()))
        self.front_door = self._running.enter_context(self._front_door(door))
        self._note("adopting it as live")
        self.adopted = self.invoke(
            self.outputs["AdoptReleaseFunctionName"],
            {"stack": LIVE, "leave_out": [BOOTSTRAP]},
        )
        self._await(lambda: "the front door does not send users to it", self._leads_to_live)
        self._running.enter_context(self._users())

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call a deployed function as the console's test button does. Raises StageError."""
        answer = self.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        payload: dict[str, Any] = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise StageError(f"{function}: {payload.get('errorType')}: {payload['errorMessage']}")
        return payload

    def how_to_look_around(self) -> list[str]:
        """Commands for another terminal while everything runs."""
        variables = {**CREDENTIALS, "AWS_DEFAULT_REGION": REGION}
        aws = (sys.executable, "-m", "awscli", "--endpoint-url", self.aws.endpoint, "stepfunctions")
        machine = ("--state-machine-arn", self.outputs["UpgradeStateMachineArn"])
        return [
            f"front door {self.front_door.url}, preview {self.front_door.preview_url}",
            f"hosts, logs and e-mails are in {self.work}",
            f"export {shlex.join(f'{name}={value}' for name, value in variables.items())}",
            shlex.join([*aws, "list-executions", *machine]),
            shlex.join([*aws, "get-execution-history", "--execution-arn", "ARN"]),
            shlex.join([*aws, "start-execution", *machine, "--input", "{}"]),
        ]

    def _hosts(self) -> Supervisor:
        return Supervisor(
            self.work,
            self.aws.endpoint,
            ready_after=1.0,
            faults={
                LIVE: self._scenario.live_faults,
                CANDIDATE: self._scenario.candidate_faults,
            },
            seeds={LIVE: self._people.tree},
        )

    def _deploy_live(self, hosts: Supervisor) -> None:
        """Install the running release, as an operator would."""
        bucket = self.outputs["EvidenceBucketName"]
        installed.install(self.aws, bucket, account.configuration(self.aws), LIVE)
        self._await(self._last_lines, lambda: self._is_ready(hosts))

    def _is_ready(self, hosts: Supervisor) -> bool:
        if (said := hosts.end_of(LIVE)) is not None:
            raise StageError(f"{LIVE}'s host has ended before it was ready; its last lines:{said}")
        return any((self.work / "hosts").glob("*/etc/motd"))

    def _last_lines(self) -> str:
        logs = sorted((self.work / "hosts").glob("*.log"))
        said = "".join(map(log_end, logs)) or "\n  (it has no log)"
        return f"{LIVE}'s host is not ready after {_READY_SECONDS} s; its last lines:{said}"

    def _leads_to_live(self) -> bool:
        """Whether the load balancer sends requests to live. It applies a change after a moment."""
        try:
            with urllib.request.urlopen(f"{self.front_door.url}/ping") as answer:  # noqa: S310 - our own
                return bool(answer.headers.get(RELEASE_HEADER) == LIVE)
        except urllib.error.HTTPError:
            return False

    def _await(self, why: Callable[[], str], happens: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not happens():
            if time.monotonic() > deadline:
                raise StageError(why())
            time.sleep(0.1)

    def _front_door(self, door: socket.socket) -> FrontDoor:
        return FrontDoor(
            self.work,
            self.aws.environment,
            self.outputs["UsersListenerArn"],
            self.outputs["PreviewListenerArn"],
            door=door,
        )

    def _users(self) -> Load:
        credentials = self.work / "credentials.json"
        credentials.write_text(json.dumps(self.browsing))
        return Load(self.front_door.url, credentials, self.traffic, users=_BROWSERS)
