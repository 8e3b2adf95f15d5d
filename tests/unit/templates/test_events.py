"""State, folder, resource and event share one name, and every event is one that its step takes."""

import json
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from changeover.cluster.request import read_request
from changeover.upgrade.approval.web import respond
from tests.support.templates import ROOT, STEPS, WITHOUT_A_STATE, every, logical_id, of_type
from tests.support.world import World
from tests.workflow.engine import handler_of
from tools.asl import DEFINITIONS
from tools.asl.graph import scopes

EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events").glob("*.json")}
# What starts an upgrade is no step's input.
TRIGGERS = {
    *("console", "image_available", "image_failed", "vulnerabilities_found"),
    *("pipeline_disabled", "image_withdrawn", "refresh_ended"),
}


def task_states() -> dict[str, dict[str, Any]]:
    definitions = [yaml.safe_load(path.read_text()) for path in DEFINITIONS]
    return {
        name: state
        for definition in definitions
        for scope in scopes(definition)
        for name, state in scope.states.items()
        if state["Type"] == "Task"
    }


def test_states_folders_resources_and_events_share_their_names() -> None:
    states = {name.lower().replace(" ", "_") for name in task_states()}
    assert states | WITHOUT_A_STATE == set(STEPS)
    assert set(EVENTS) - TRIGGERS == set(STEPS)
    functions = of_type("AWS::Serverless::Function")
    assert set(functions) == {f"{logical_id(step)}Function" for step in STEPS}


@pytest.mark.parametrize("name", task_states())
def test_a_state_calls_the_function_of_its_name(name: str) -> None:
    called = task_states()[name]["Arguments"]["FunctionName"]
    assert called == f"${{{name.replace(' ', '')}FunctionArn}}"


@pytest.mark.parametrize("step", STEPS)
def test_an_event_is_what_its_step_declares(step: str) -> None:
    TypeAdapter(handler_of(step).model).validate_python(EVENTS[step])


@pytest.mark.parametrize("step", sorted(set(STEPS) - {"review_upgrade"}))
def test_a_step_takes_no_field_that_it_does_not_know(step: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        TypeAdapter(handler_of(step).model).validate_python(EVENTS[step] | {"color": "green"})


def test_the_console_may_start_an_upgrade_with_nothing_said() -> None:
    assert read_request(EVENTS["console"])[1] == []


def test_the_end_of_an_execution_becomes_what_its_step_takes() -> None:
    (target,) = every("AWS::Events::Rule")["events/UpgradeEnded"]["Targets"]
    transformer = target["InputTransformer"]
    told = {"executionArn": EVENTS["abort_upgrade"]["execution"], "status": "ABORTED"}
    filled = transformer["InputTemplate"]
    for name, place in transformer["InputPathsMap"].items():
        filled = filled.replace(f"<{name}>", json.dumps(told[place.removeprefix("$.detail.")]))
    assert json.loads(filled) == EVENTS["abort_upgrade"]


def test_the_load_balancers_request_is_answered_by_a_page() -> None:
    assert respond(EVENTS["review_upgrade"], World().services)["statusCode"] == 409
