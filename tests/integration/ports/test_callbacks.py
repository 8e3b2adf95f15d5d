"""Answers to a waiting execution, in memory and through Step Functions."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.task_tokens import StepFunctionsCallbacks
from changeover.errors import Transient
from changeover.ports.services import Callbacks
from tests.support.fakes import FakeCallbacks

ANSWER = {"decision": "approve", "by": "Ada"}


@pytest.fixture
def stubbed() -> Iterator[tuple[StepFunctionsCallbacks, Stubber]]:
    client = boto3.client("stepfunctions")
    with Stubber(client) as stubber:
        yield StepFunctionsCallbacks(client), stubber


@pytest.fixture
def callbacks(kind: str, stubbed: tuple[StepFunctionsCallbacks, Stubber]) -> Callbacks:
    """One execution waits for the token `waiting`, and for one answer."""
    if kind == "memory":
        return FakeCallbacks(waiting={"waiting"})
    adapter, stubber = stubbed
    sent = {"taskToken": "waiting", "output": json.dumps(ANSWER)}
    stubber.add_response("send_task_success", {}, sent)
    stubber.add_client_error("send_task_success", "TaskTimedOut")
    return adapter


def test_an_execution_takes_one_answer(callbacks: Callbacks) -> None:
    assert callbacks.answer("waiting", ANSWER)
    assert not callbacks.answer("waiting", ANSWER)


@pytest.mark.parametrize("code", ["TaskTimedOut", "InvalidToken", "TaskDoesNotExist"])
def test_nobody_waits_any_more(stubbed: tuple[StepFunctionsCallbacks, Stubber], code: str) -> None:
    callbacks, stubber = stubbed
    stubber.add_client_error("send_task_success", code)
    assert not callbacks.answer("token", ANSWER)


def test_a_busy_service_is_no_answer(stubbed: tuple[StepFunctionsCallbacks, Stubber]) -> None:
    callbacks, stubber = stubbed
    stubber.add_client_error("send_task_success", "ThrottlingException", http_status_code=400)
    with pytest.raises(Transient):
        callbacks.answer("token", ANSWER)
