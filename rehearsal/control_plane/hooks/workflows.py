"""Step Functions: fixes for differences between moto's interpreter and AWS."""

import json
import threading
import uuid
from typing import Any

from moto.core.config import default_user_config
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions import models
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.models import (
    StepFunctionsParserBackend,
    stepfunctions_parser_backends,
)
from moto.stepfunctions.responses import StepFunctionResponse

from rehearsal.control_plane.hooks.patch import put, wrap


def install() -> None:
    # Why: by default moto answers a canned success without running anything.
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # Why: state machines made by CloudFormation land in the backend that does not execute.
    put(models, "stepfunctions_backends", stepfunctions_parser_backends)
    # Why: every unnamed execution is called None, so that the second one of a machine fails.
    wrap(StepFunctionsParserBackend, "start_execution", by=start_named)
    # Why: an output with a datetime in it makes DescribeExecution answer 500, and an output that
    # is text is not quoted.
    wrap(BaseExecutionWorkerCommunication, "_reflect_execution_status", by=reflect_as_json)
    # Why: the cause of SendTaskFailure is dropped, and the error and cause of StopExecution too.
    put(StepFunctionResponse, "send_task_failure", send_task_failure)
    put(StepFunctionResponse, "stop_execution", stop_execution)
    # Why: an execution that waits for a task token stays in its wait when it is stopped, and what
    # the interrupted state then reports turns ABORTED into FAILED.
    wrap(Environment, "set_stop", by=stop_and_end_waits)
    wrap(Environment, "set_error", by=set_error_unless_stopped)
    # Why: text given to Assign keeps its escapes: \" and \n arrive as two characters.
    put(Preprocessor, "_inner_string_of", staticmethod(unescaped))
    # Why: a Fail state that passes on a caught States.Timeout breaks the interpreter.
    put(CustomErrorName, "__init__", ErrorName.__init__)
    # Why: moto makes a client for every task, 15 ms of work each, and not safely from threads.
    wrap(lambda_eval_utils, "boto_client_for", by=OneClientAService())


def start_named(start: Any, self: Any, arn: str, name: str | None = None, *rest: Any) -> Any:
    return start(self, arn, name or str(uuid.uuid4()), *rest)


def reflect_as_json(reflect: Any, self: Any) -> None:
    reflect(self)
    if self.execution.exec_status == ExecutionStatus.SUCCEEDED:
        self.execution.output = to_json_str(self.execution.output)


def send_task_failure(self: Any) -> ActionResult:
    token, error, cause = (self._get_param(name) for name in ("taskToken", "error", "cause"))
    self.stepfunction_backend.send_task_failure(token, error=error, cause=cause)
    return EmptyResult()


def stop_execution(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.stop_execution(self._get_param("executionArn"))
    execution.error, execution.cause = self._get_param("error"), self._get_param("cause")
    return ActionResult({"stopDate": execution.stop_date})


def stop_and_end_waits(set_stop: Any, self: Any, **why: Any) -> None:
    set_stop(self, **why)
    for endpoint in list(self.callback_pool_manager._pool.values()):
        endpoint.interrupt_all()


def set_error_unless_stopped(set_error: Any, self: Any, error: Any) -> None:
    if not isinstance(self._program_state, ProgramStopped):
        set_error(self, error=error)


def unescaped(parser_rule_context: Any) -> str | None:
    text = parser_rule_context.getText()
    read = json.loads(text) if text.startswith('"') or text == "null" else text
    return None if read is None else str(read)


class OneClientAService:
    """Create clients under a lock. Threads can share clients, but not create them at once."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()

    def __call__(self, make: Any, region: str, service: str, state_credentials: Any = None) -> Any:
        with self._making:
            if (region, service) not in self._clients:
                self._clients[region, service] = make(region, service, state_credentials)
            return self._clients[region, service]
