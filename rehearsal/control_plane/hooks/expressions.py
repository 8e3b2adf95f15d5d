"""JSONata for moto's Step Functions interpreter, which has no evaluator of its own."""

import hashlib
import json
import uuid
from typing import Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.parser import Parser
from moto.stepfunctions.parser.api import EvaluationFailedEventDetails, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsics
from moto.stepfunctions.parser.asl.eval import states, variable_store
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from rehearsal.control_plane.hooks.patch import put, wrap


def install() -> None:
    # Why: the evaluator is a Java bridge that moto does not ship; without it every expression
    # ends in "'NoneType' object is not callable".
    put(jsonata, "_eval_jsonata", evaluate)
    # Why: AWS runs JSONata 2.0.6; jsonata-python also takes two operators that came later.
    for operator in (Parser.InfixCoalesce, Parser.InfixDefault):
        put(operator, "led", refuse)
    # Why: an error in an expression ends as States.Runtime in moto. On AWS it can be caught.
    wrap(StringJSONata, "_eval_body", by=fail_as_on_aws)
    # Why: moto returns a sentence ("… is currently not supported") where AWS returns a value,
    # and its $parse evaluates text as code. Without its declarations, ours (below) apply.
    for name in ("$uuid", "$hash", "$parse"):
        intrinsics._DECLARATION_BY_VARIABLE_REFERENCE.pop(name, None)
    # Why: moto puts a text variable between quotes as it is, so that a quote or a line break in
    # it is a syntax error, or code.
    for module in (jsonata, states, variable_store):
        put(module, "encode_jsonata_variable_declarations", declare)


def evaluate(expression: str) -> Any:
    compiled = Jsonata(expression)
    compiled.register_lambda("uuid", lambda: str(uuid.uuid4()))
    compiled.register_lambda("hash", digest)
    compiled.register_lambda("parse", parse)
    return compiled.evaluate(None)


def digest(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest()


def parse(text: str) -> Any:
    return json.loads(text)


def declare(bindings: dict[str, Any]) -> str:
    return "".join(
        f"{name}:={to_json_str(value, separators=(',', ':'))};" for name, value in bindings.items()
    )


def refuse(operator: Any, left: Any) -> Any:  # noqa: ARG001 - the parser's signature
    raise JException("S0201", -1, operator.id)


def fail_as_on_aws(evaluate_in: Any, self: Any, env: Any) -> None:
    try:
        evaluate_in(self, env)
    except (JException, ArithmeticError, TypeError, ValueError) as error:
        raise _query_error(env, self.expression, error) from error


def _query_error(env: Any, expression: str, error: Exception) -> FailureEventException:
    name = StatesErrorName(StatesErrorNameType.StatesQueryEvaluationError)
    cause = f"The JSONata expression '{expression}' threw an error during evaluation: {error}"
    failed = EvaluationFailedEventDetails(cause=cause, error=str(name.error_name))
    details: Any = {"evaluationFailedEventDetails": failed}
    return FailureEventException(
        FailureEvent(env, name, HistoryEventType.EvaluationFailed, details)
    )
