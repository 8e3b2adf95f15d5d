"""Executions under names that are used once, in memory and in Step Functions."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.executions import StepFunctionsExecutions
from changeover.errors import Conflict
from changeover.ports.services import Executions
from changeover.ports.values import Machine
from tests.support.fakes import FakeExecutions

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

PREFIX = "arn:aws:states:us-east-1:123456789012:stateMachine:changeover-hpc-"
ROLE = "arn:aws:iam::123456789012:role/machine"
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 9, "End": True}}}


def execution(name: str, machine: Machine = Machine.UPGRADE) -> str:
    return f"{PREFIX.replace(':stateMachine:', ':execution:')}{machine}:{name}"


@dataclass
class InMoto:
    """Step Functions that runs nothing: executions keep the status that a test sets."""

    client: "SFNClient"
    executions: StepFunctionsExecutions

    def stops(self, name: str) -> None:
        self.client.stop_execution(executionArn=execution(name))

    def count(self, machine: Machine) -> int:
        found = self.client.list_executions(stateMachineArn=f"{PREFIX}{machine}")
        return len(found["executions"])


@pytest.fixture
def step_functions(aws: boto3.Session) -> InMoto:
    client = aws.client("stepfunctions")
    for machine in Machine:
        client.create_state_machine(
            name=f"changeover-hpc-{machine}", definition=json.dumps(WAITING), roleArn=ROLE
        )
    return InMoto(client, StepFunctionsExecutions(client, PREFIX))


@pytest.fixture
def executions(kind: str, request: pytest.FixtureRequest) -> Executions:
    if kind == "memory":
        return FakeExecutions()
    return request.getfixturevalue("step_functions").executions


def test_a_name_starts_once(executions: Executions) -> None:
    assert executions.start(Machine.UPGRADE, "hpc-1.0.0-1", {"image": "ami-1"})
    assert not executions.start(Machine.UPGRADE, "hpc-1.0.0-1", {"image": "ami-1"})
    assert executions.start(Machine.UPGRADE, "hpc-1.0.0-2", {"image": "ami-1"})


def test_nor_does_it_start_again_with_another_request(executions: Executions) -> None:
    executions.start(Machine.UPGRADE, "hpc-1.0.0-1", {"image": "ami-1"})
    assert not executions.start(Machine.UPGRADE, "hpc-1.0.0-1", {})


def test_each_machine_has_names_of_its_own(executions: Executions) -> None:
    assert executions.start(Machine.UPGRADE, "hpc-1.0.0-1", {})
    assert executions.start(Machine.REFRESH, "hpc-1.0.0-1", {})


@pytest.mark.parametrize("unknown", [execution("none"), "adopt-release", "arn:aws:states:::"])
def test_of_what_was_never_started_nothing_is_known(executions: Executions, unknown: str) -> None:
    assert executions.status(unknown) == ""


def test_the_console_is_where_a_person_starts_that_machine(executions: Executions) -> None:
    assert executions.console(Machine.UPGRADE).startswith("https://")
    assert executions.console(Machine.UPGRADE).endswith("upgrade")


def test_an_execution_has_its_request_for_input(step_functions: InMoto) -> None:
    step_functions.executions.start(Machine.UPGRADE, "one", {"image": "ami-1"})
    found = step_functions.client.describe_execution(executionArn=execution("one"))
    assert json.loads(found["input"]) == {"image": "ami-1"}
    assert found["stateMachineArn"] == f"{PREFIX}upgrade"


def test_its_status_is_as_step_functions_spells_it(step_functions: InMoto) -> None:
    step_functions.executions.start(Machine.UPGRADE, "one", {})
    assert step_functions.executions.status(execution("one")) == "RUNNING"
    step_functions.stops("one")
    assert step_functions.executions.status(execution("one")) == "ABORTED"


def test_a_name_is_not_used_again_once_it_has_ended(step_functions: InMoto) -> None:
    step_functions.executions.start(Machine.UPGRADE, "one", {})
    step_functions.stops("one")
    assert not step_functions.executions.start(Machine.UPGRADE, "one", {})
    assert step_functions.count(Machine.UPGRADE) == 1


def test_a_machine_that_does_not_exist_is_a_conflict(aws: boto3.Session) -> None:
    executions = StepFunctionsExecutions(aws.client("stepfunctions"), PREFIX)
    with pytest.raises(Conflict):
        executions.start(Machine.UPGRADE, "one", {})


def test_who_is_overtaken_between_looking_and_starting_has_not_started() -> None:
    client = boto3.client("stepfunctions")
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_execution", "ExecutionDoesNotExist")
        stubber.add_client_error("start_execution", "ExecutionAlreadyExists")
        assert not StepFunctionsExecutions(client, PREFIX).start(Machine.UPGRADE, "one", {})


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "us-east-1.console.aws.amazon.com"),
        ("eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("cn-northwest-1", "console.amazonaws.cn"),
    ],
)
def test_each_partition_has_a_console_of_its_own(region: str, host: str) -> None:
    client = boto3.client("stepfunctions", region_name=region)
    assert StepFunctionsExecutions(client, PREFIX).console(Machine.REFRESH) == (
        f"https://{host}/states/home?region={region}#/v2/statemachines/view/{PREFIX}refresh-image"
    )
