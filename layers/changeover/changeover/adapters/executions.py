"""Executions of our own state machines, started under names that are used once."""

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
    """`prefix` is the ARN of a machine as far as the word that the machines differ in."""

    def __init__(self, stepfunctions: "SFNClient", prefix: str) -> None:
        self._stepfunctions = stepfunctions
        self._prefix = prefix

    def start(self, machine: Machine, name: str, request: Mapping[str, str]) -> bool:
        arn = f"{self._prefix}{machine}"
        # While it runs, Step Functions answers to the same start as if it were the first.
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
