"""Answers to executions that wait for a task token."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

NOBODY_WAITS = ("InvalidToken", "TaskDoesNotExist", "TaskTimedOut")


@translated
class StepFunctionsCallbacks:
    def __init__(self, stepfunctions: "SFNClient") -> None:
        self._stepfunctions = stepfunctions

    def answer(self, token: str, answer: Mapping[str, str]) -> bool:
        with ignoring(*NOBODY_WAITS):
            self._stepfunctions.send_task_success(taskToken=token, output=json.dumps(dict(answer)))
            return True
        return False
