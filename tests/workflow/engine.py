"""The shipped definition on moto's interpreter, the shipped handlers in this process, no waiting.

    ended = Engine(World()).run()
    assert ended.status == "SUCCEEDED"

moto runs every state, expression, retry and catch. It is cut off at three places: where it would
call Lambda, where it would sleep, and where it would wait for a person.
"""

import dataclasses
import datetime
import importlib.util
import json
import math
import re
import traceback
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

import yaml
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackEndpoint,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.backend.execution import SyncExecution

from changeover.runtime import Handler
from tests.support.fakes import ACCOUNT
from tests.support.world import World
from tools.asl.graph import scopes

ROOT = Path(__file__).parents[2]
DEFINITIONS = {
    name: yaml.safe_load((ROOT / "statemachine" / f"{name}.asl.yaml").read_text())
    for name in ("upgrade", "refresh_image")
}
DEFINITION = DEFINITIONS["upgrade"]
REGION = "us-east-1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:changeover-hpc-upgrade"

TASKS = [
    name.lower().replace(" ", "_")
    for scope in scopes(DEFINITION)
    for name, state in scope.states.items()
    if state["Type"] == "Task"
]

JSON = dict[str, Any]
Invoke = Callable[[], JSON]
Fault = Callable[[Invoke], JSON]


class Killed(BaseException):
    """Lambda has ended the function: its time was over, and nothing of it runs any more."""


class Engine:
    """Runs upgrades of one world, or another of its machines.

    `faults` stand between the state machine and a function, `neighbors` between a function and its
    services; `meanwhile` happens in the world just before a function is first called; `approver` is
    what the person does who got the mail. After `lasts` calls and answers the execution is stopped:
    whatever it still tries is tried in vain.
    """

    running: "Engine"

    def __init__(self, world: World, machine: str = "upgrade") -> None:
        self.world = world
        self.machine = machine
        self.faults: dict[str, Fault] = {}
        self.neighbors: dict[str, Callable[[Any], Any]] = {}
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.approver: Callable[[], object] = lambda: world.answers("approved")
        self.called: list[tuple[str, JSON]] = []
        self.log: list[str] = []
        self.redrives = 0
        self.asked: JSON = {}
        self.lasts: float = math.inf
        self.lasted = 0

    def run(self, request: Any = None, name: str = "run-1") -> "Ended":
        Engine.running = self
        arn = MACHINE.replace("upgrade", self.machine.replace("_", "-"))
        execution = SyncExecution(
            name=name,
            sm_type="STANDARD",
            role_arn="arn:aws:iam::111122223333:role/machine",
            exec_arn=f"{arn.replace('stateMachine', 'execution')}:{name}",
            account_id=ACCOUNT,
            region_name=REGION,
            state_machine=SimpleNamespace(
                arn=arn,
                name=arn.rpartition(":")[2],
                sm_type="STANDARD",
                definition=definition_text(self.machine),
            ),
            start_date=datetime.datetime.now(tz=datetime.UTC),
            cloud_watch_logging_session=None,
            activity_store={},
            input_data=json.dumps(self.asked if request is None else request),
        )
        execution.start()
        return Ended(execution)

    def invoke(self, function: str, payload: bytes) -> JSON:
        """As Lambda answers: a payload, and how it failed if it did."""
        if self.is_over():
            return failed_with("Aborted", "the execution was stopped")
        return self.answer(function, json.loads(payload))

    def answer(self, function: str, event: JSON) -> JSON:
        self.called.append((function, event))
        if happens := self.meanwhile.pop(function, None):
            happens()
        services = self.neighbors.get(function, lambda services: services)(self.world.services)
        handler = dataclasses.replace(handler_of(function), services=lambda: services)
        fault = self.faults.get(function, lambda invoke: invoke())
        try:
            context = SimpleNamespace(function_name=function)
            answer = fault(lambda: handler(event, context))
        except Killed:
            return failed_with("Sandbox.Timedout", "Error: Task timed out after 900.00 seconds")
        except Exception as error:  # noqa: BLE001 - Lambda catches everything
            return failed_with(type(error).__name__, str(error), error.__traceback__)
        return {"StatusCode": 200, "Payload": json.loads(json.dumps(answer))}

    def is_over(self) -> bool:
        self.lasted += 1
        return self.lasted > self.lasts

    def wait_for_answer(self, seconds: int, endpoint: CallbackEndpoint) -> Any:
        """What the person decided; None when the time is over."""
        if self.is_over():
            return None
        token = endpoint.callback_id
        callbacks = self.world.services.callbacks
        callbacks.waiting.add(token)
        self.approver()
        callbacks.waiting.discard(token)
        if token in callbacks.answers:
            return CallbackOutcomeSuccess(token, json.dumps(callbacks.answers[token]))
        self.world.clock.advance(seconds=seconds)
        return None


def failed_with(error: str, message: str, trace: TracebackType | None = None) -> JSON:
    failed = {
        "errorMessage": message,
        "errorType": error,
        "requestId": "0a1b2c3d",
        "stackTrace": traceback.format_tb(trace),
    }
    return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": failed}


class Ended:
    """How an execution ended, and its history."""

    def __init__(self, execution: SyncExecution) -> None:
        self.status = str(execution.exec_status and execution.exec_status.value)
        self.error = execution.error or ""
        self.cause = execution.cause or ""
        self.events = execution.to_history_output()["events"]

    @cached_property
    def states(self) -> list[str]:
        """Names of the states that were entered, in order."""
        entered = (event.get("stateEnteredEventDetails") for event in self.events)
        return [str(details["name"]) for details in entered if details]

    def went_through(self, *names: str) -> bool:
        """Whether these states were entered in this order, others between them or not."""
        states = iter(self.states)
        return all(name in states for name in names)


@cache
def definition_text(machine: str) -> str:
    text = json.dumps(DEFINITIONS[machine]).replace("${Partition}", "aws")
    return re.sub(r"\$\{(\w+)FunctionArn\}", _function_arn, text)


def _function_arn(placeholder: re.Match[str]) -> str:
    name = re.sub(r"(?<=.)([A-Z])", r"_\1", placeholder[1]).lower()
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


@cache
def handler_of(function: str) -> Handler[Any, Any]:
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"functions.{function}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler[Any, Any] = module.handler
    return handler
