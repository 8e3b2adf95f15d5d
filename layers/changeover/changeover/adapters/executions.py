"""Executions of this app's state machines. Each execution name is used once."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated
from changeover.ports.values import Machine

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

NO_SUCH_EXECUTION = ("ExecutionDoesNotExist", "InvalidArn")


@translated
class StepFunctionsExecutions:
    """`prefix` is the part of the state machines' ARNs that they have in common."""

    def __init__(self, stepfunctions: "SFNClient", prefix: str) -> None:
        self._stepfunctions = stepfunctions
        self._prefix = prefix

    def start(self, machine: Machine, name: str, request: Mapping[str, str]) -> bool:
        arn = f"{self._prefix}{machine}"
        # StartExecution succeeds again for a running execution with the same name and input.
        if self.status(f"{arn.replace(':stateMachine:', ':execution:')}:{name}"):
            return False
        with ignoring("ExecutionAlreadyExists"):
            self._stepfunctions.start_execution(
                stateMachineArn=arn, name=name, input=json.dumps(dict(request))
            )
            return True
        return False

    def status(self, execution: str) -> str:
        with ignoring(*NO_SUCH_EXECUTION):
            return self._stepfunctions.describe_execution(executionArn=execution)["status"]
        return ""

    def console(self, machine: Machine) -> str:
        region = self._stepfunctions.meta.region_name
        host = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}.get(
            region.rpartition("-")[0].rpartition("-")[0], f"{region}.console.aws.amazon.com"
        )
        return (
            f"https://{host}/states/home?region={region}#/v2/statemachines/view/"
            f"{self._prefix}{machine}"
        )
