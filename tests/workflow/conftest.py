"""moto's interpreter, put right as the rehearsal puts it right, and kept from waiting."""

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.logging import Logger
from moto.core.config import default_user_config
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import wait_function
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from changeover import runtime
from rehearsal.control_plane.hooks import expressions, patch, workflows
from tests.workflow.engine import Engine


@pytest.fixture(scope="module", autouse=True)
def interpreter() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for module in (expressions, patch, workflows):
            patched.setattr(module, "put", patched.setattr)
        patched.setitem(default_user_config, "stepfunctions", {})
        expressions.install()
        workflows.install()
        nothing_waits(patched)
        nothing_is_worked_out_twice(patched)
        redrives_are_counted(patched)
        with listened_to(runtime.logger):
            yield


@contextmanager
def listened_to(logger: Logger) -> Iterator[None]:
    ear = logging.Handler()
    ear.emit = lambda record: Engine.running.log.append(repr(vars(record)))  # type: ignore[method-assign]
    logger.addHandler(ear)
    yield
    logger.removeHandler(ear)


def nothing_waits(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(lambda_eval_utils, "_invoke_lambda_function", invoke)
    patched.setattr(retrier_decl, "time", SimpleNamespace(sleep=sleep))
    patched.setattr(wait_function.WaitFunction, "_wait_interval", wait)
    callback = state_task_service_callback.StateTaskServiceCallback
    patched.setattr(callback, "_wait_for_task_token_timeout", wait_for_answer)


def nothing_is_worked_out_twice(patched: pytest.MonkeyPatch) -> None:
    """Runs of equal worlds evaluate equal expressions; each would take 10 ms."""
    parse = cache(AmazonStateLanguageParser.parse)
    patched.setattr(AmazonStateLanguageParser, "parse", staticmethod(parse))
    evaluate = cache(jsonata._eval_jsonata)
    patched.setattr(jsonata, "_eval_jsonata", lambda text: copy.deepcopy(evaluate(text)))
    # An error is logged with the whole machine spelled out.
    patched.setattr(EvalComponent, "_log_failure_event_exception", lambda *_, **__: None)
    patched.setattr(logging.getLogger("moto.stepfunctions"), "level", logging.CRITICAL)


def redrives_are_counted(patched: pytest.MonkeyPatch) -> None:
    """As AWS does in every execution's context; moto has no word for it."""
    made = ExecutionWorker._get_evaluation_environment

    def counted(self: ExecutionWorker) -> Environment:
        environment = made(self)
        execution: Any = environment.states.context_object.context_object_data["Execution"]
        execution["RedriveCount"] = Engine.running.redrives
        return environment

    patched.setattr(ExecutionWorker, "_get_evaluation_environment", counted)


def invoke(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:  # noqa: ARG001 - as it is called
    function = parameters["FunctionName"].rpartition(":")[2]
    return Engine.running.invoke(function, parameters["Payload"])


def sleep(_: float) -> None:
    """A retry's pause is left to chance; here it is always a second."""
    Engine.running.world.clock.advance(seconds=1)


def wait(self: Any, env: Any, wait_seconds: int) -> None:  # noqa: ARG001 - as it is called
    Engine.running.world.clock.advance(seconds=wait_seconds)


def wait_for_answer(self: Any, timeout_seconds: int, callback_endpoint: Any) -> Any:  # noqa: ARG001 - as it is called
    return Engine.running.wait_for_answer(timeout_seconds, callback_endpoint)
