import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.asl import DEFINITIONS, findings

Definition = dict[str, Any]

TASK = {
    "Type": "Task",
    "Resource": "arn:${Partition}:states:::lambda:invoke",
    "Arguments": {"FunctionName": "${AnyFunctionArn}"},
    "TimeoutSeconds": "{% $plan.seconds %}",
    "Retry": [{"ErrorEquals": ["Transient"], "JitterStrategy": "FULL"}],
}


def caught(target: str, **assigned: str) -> list[dict[str, Any]]:
    return [{"ErrorEquals": ["States.ALL"], "Next": target, "Assign": assigned}]


SOUND: Definition = {
    "QueryLanguage": "JSONata",
    "StartAt": "Prepare",
    "States": {
        "Prepare": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Export",
                    "States": {
                        "Export": {**TASK, "Next": "Import"},
                        "Import": {**TASK, "End": True},
                    },
                }
            ],
            "Assign": {"outcome": "completed"},
            "Catch": caught("Close", outcome="discarded"),
            "Next": "Close",
        },
        "Close": {**TASK, "Catch": caught("Failed"), "Next": "Is Completed"},
        "Is Completed": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $outcome = 'completed' %}", "Next": "Completed"}],
            "Default": "Failed",
        },
        "Completed": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "Error": "{% $error ? $error : 'Unknown ?? error' %}"},
    },
}


def branch(definition: Definition) -> Definition:
    states: Definition = definition["States"]["Prepare"]["Branches"][0]["States"]
    return states


def dangling(definition: Definition) -> None:
    definition["States"]["Is Completed"]["Default"] = "Nowhere"


def dangling_in_a_branch(definition: Definition) -> None:
    branch(definition)["Export"]["Next"] = "Close"


def dangling_start(definition: Definition) -> None:
    definition["StartAt"] = "Begin"


def unreachable(definition: Definition) -> None:
    definition["States"]["Island"] = {"Type": "Pass", "Next": "Island"}


def no_way_on(definition: Definition) -> None:
    del branch(definition)["Import"]["End"]


def no_default(definition: Definition) -> None:
    del definition["States"]["Is Completed"]["Default"]


def same_name(definition: Definition) -> None:
    branch(definition)["Close"] = {"Type": "Pass", "End": True}
    branch(definition)["Import"] = {"Type": "Pass", "Next": "Close"}


def same_variable(definition: Definition) -> None:
    branch(definition)["Export"]["Assign"] = {"outcome": "exported"}


def same_variable_after_a_catch(definition: Definition) -> None:
    branch(definition)["Export"]["Catch"] = caught("Import", error="{% $states.errorOutput %}")
    definition["States"]["Close"]["Catch"] = caught("Failed", error="{% $states.errorOutput %}")


def no_timeout(definition: Definition) -> None:
    del branch(definition)["Export"]["TimeoutSeconds"]


def no_retry(definition: Definition) -> None:
    del definition["States"]["Close"]["Retry"]


def no_catch(definition: Definition) -> None:
    del definition["States"]["Close"]["Catch"]


def phase_without_catch(definition: Definition) -> None:
    del definition["States"]["Prepare"]["Catch"]


def catch_of_one_error(definition: Definition) -> None:
    definition["States"]["Close"]["Catch"][0]["ErrorEquals"] = ["States.Timeout"]


def retry_of_everything(definition: Definition) -> None:
    branch(definition)["Import"]["Retry"][0]["ErrorEquals"] = ["States.ALL"]


def no_jitter(definition: Definition) -> None:
    del branch(definition)["Import"]["Retry"][0]["JitterStrategy"]


def another_policy(definition: Definition) -> None:
    policy = {**TASK["Retry"][0], "MaxAttempts": 1}
    branch(definition)["Import"]["Retry"] = [policy]


def coalescing(definition: Definition) -> None:
    definition["States"]["Failed"]["Error"] = "{% $error ?? 'none' %}"


def elvis(definition: Definition) -> None:
    branch(definition)["Import"]["Arguments"]["Payload"] = {"a": ["{% $error?:'none' %}"]}


def failure_forgotten(definition: Definition) -> None:
    definition["States"]["Prepare"]["Catch"] = caught("Close")


def failure_called_success(definition: Definition) -> None:
    definition["States"]["Prepare"]["Catch"] = caught("Close", outcome="completed")


def failure_swallowed_in_a_branch(definition: Definition) -> None:
    branch(definition)["Export"]["Catch"] = caught("Import")


def misspelt(definition: Definition) -> None:
    definition["States"]["Close"]["Timeout"] = 3


def misspelt_in_a_branch(definition: Definition) -> None:
    branch(definition)["Import"]["Nxt"] = "Export"


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.name)
def test_every_definition_keeps_every_rule(path: Path) -> None:
    assert findings(path.read_text()) == []


def test_there_are_definitions() -> None:
    assert DEFINITIONS


def test_nothing_is_said_about_a_sound_definition() -> None:
    assert findings(yaml.dump(SOUND, Dumper=Plain)) == []


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (dangling, "'Is Completed' leads to 'Nowhere', unknown to the machine"),
        (dangling_in_a_branch, "'Export' leads to 'Close', unknown to branch 1 of 'Prepare'"),
        (dangling_start, "the machine starts at 'Begin', which is unknown to it"),
        (unreachable, "nothing leads to 'Island'"),
        (no_way_on, "'Import' has neither Next nor End"),
        (no_default, "'Is Completed' has no Default for what nobody thought of"),
        (same_name, "'Close' names 2 states"),
        (same_variable, "a branch assigns 'outcome', and so does a scope around it"),
        (same_variable_after_a_catch, "a branch assigns 'error', and so does a scope around it"),
        (no_timeout, "'Export' has no TimeoutSeconds"),
        (no_retry, "'Close' has no Retry for passing faults"),
        (no_catch, "no Catch of States.ALL stands by 'Close' or the phase around it"),
        (phase_without_catch, "no Catch of States.ALL stands by 'Export' or the phase around it"),
        (catch_of_one_error, "no Catch of States.ALL stands by 'Close' or the phase around it"),
        (
            retry_of_everything,
            "'Import' tries again after States.ALL, not only after passing faults",
        ),
        (no_jitter, "'Import' tries again without full jitter"),
        (another_policy, "'Import' tries again in another way than 'Close'"),
        (coalescing, "?? is unknown to JSONata 2.0.6: {% $error ?? 'none' %}"),
        (elvis, "?: is unknown to JSONata 2.0.6: {% $error?:'none' %}"),
        (failure_forgotten, "'Prepare' can fail and the run still end well at 'Completed'"),
        (failure_called_success, "'Prepare' can fail and the run still end well at 'Completed'"),
        (failure_swallowed_in_a_branch, "'Export' can fail and the run still end well at 'Import'"),
        (misspelt, "'Timeout' was unexpected"),
        (misspelt_in_a_branch, "'Nxt' was unexpected"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_slip_is_found(spoil: Callable[[Definition], None], complaint: str) -> None:
    definition = copy.deepcopy(SOUND)
    spoil(definition)
    assert complaint in "\n".join(findings(yaml.dump(definition, Dumper=Plain)))


class Plain(yaml.SafeDumper):
    """Writes what occurs twice twice, without an anchor."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def test_an_anchor_is_found() -> None:
    text = yaml.dump(SOUND, Dumper=Plain).replace("QueryLanguage: ", "QueryLanguage: &language ")
    assert any("CloudFormation turns an alias into a string" in each for each in findings(text))


def test_a_state_that_stands_twice_is_found() -> None:
    text = yaml.dump(SOUND, Dumper=Plain) + "  Failed:\n    Type: Fail\n"
    assert "'Failed' stands twice in one mapping" in findings(text)
