"""Start a run: by a person, by an image's event, or by Reconcile after a lost event."""

import json
import time
from collections.abc import Callable
from typing import Any

from rehearsal import account
from rehearsal.control_plane.image_builder import events
from rehearsal.scenario import Begin, NoUpgrade, Scenario
from rehearsal.stage import Stage

_PATIENCE_SECONDS = 60
_LOOK_SECONDS = 0.1


class BeginningError(RuntimeError):
    """The run did not start."""


class Beginning:
    """Call `begin` once. `executions` are then the started executions; watch the last one.

    If no upgrade must start, `begin` waits for the e-mail that gives the reason.
    """

    def __init__(self, stage: Stage, scenario: Scenario) -> None:
        self._stage, self._scenario = stage, scenario
        self._steps = stage.aws.client("stepfunctions")
        self.executions: list[str] = []

    def begin(self) -> None:
        match self._scenario.begin:
            case Begin.CONSOLE:
                self._press_start()
            case Begin.IMAGE:
                self._run_pipeline()
            case Begin.LOST:
                self._look_for_what_was_missed(self._run_pipeline())
            case Begin.DISABLED:
                aws, pipeline = self._stage.aws, self._pipeline()
                builder = aws.client("imagebuilder")
                events.pipeline_disabled(aws.client("events"), builder, pipeline)
        if self._scenario.begin is not Begin.CONSOLE:
            self._await_what_follows()

    def _press_start(self) -> None:
        answer = self._steps.start_execution(
            stateMachineArn=self._stage.outputs["UpgradeStateMachineArn"],
            name=self._scenario.name,
            input=json.dumps({"build_only": True} if self._scenario.build_only else {}),
        )
        self.executions.append(answer["executionArn"])

    def _run_pipeline(self) -> str:
        """Start a build as the pipeline's schedule does, and return its ARN."""
        builder = self._stage.aws.client("imagebuilder")
        answer = builder.start_image_pipeline_execution(imagePipelineArn=self._pipeline())
        return str(answer["imageBuildVersionArn"])

    def _look_for_what_was_missed(self, build: str) -> None:
        builder = self._stage.aws.client("imagebuilder")

        def is_there() -> bool:
            image = builder.get_image(imageBuildVersionArn=build)["image"]
            return bool(image["state"]["status"] == "AVAILABLE")

        self._await("the image is not built", is_there)
        if self._started("RefreshImageStateMachineArn"):
            raise BeginningError("an event was delivered although it must be lost")
        self._stage.invoke(self._stage.outputs["ReconcileFunctionName"], {})

    def _await_what_follows(self) -> None:
        if self._scenario.outcome is NoUpgrade.NO_UPGRADE:
            self._await("no e-mail gave the reason for no upgrade", self._somebody_was_told)
            self.executions = self._started("RefreshImageStateMachineArn")
            return
        self._await("no upgrade was started", lambda: self._started("UpgradeStateMachineArn"))
        self.executions = [
            *self._started("RefreshImageStateMachineArn"),
            *self._started("UpgradeStateMachineArn"),
        ]

    def _somebody_was_told(self) -> bool:
        running = [
            execution
            for execution in self._started("RefreshImageStateMachineArn")
            if self._steps.describe_execution(executionArn=execution)["status"] == "RUNNING"
        ]
        return not running and any(self._stage.inbox.glob("*.json"))

    def _started(self, machine: str) -> list[str]:
        found = self._steps.list_executions(stateMachineArn=self._stage.outputs[machine])
        return [each["executionArn"] for each in found["executions"]]

    def _pipeline(self) -> str:
        return str(account.configuration(self._stage.aws).images.pipeline)

    def _await(self, why: str, happens: Callable[[], Any]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not happens():
            if time.monotonic() > deadline:
                raise BeginningError(f"{why} within {_PATIENCE_SECONDS} s")
            time.sleep(_LOOK_SECONDS)
