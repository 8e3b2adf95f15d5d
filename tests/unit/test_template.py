"""Folders, functions, states and documents bear the same names; everything is described."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cfnlint import ManualArgs, lint_file

from changeover.runtime import Settings
from tests.templates import (
    ROOT,
    STEPS,
    TEMPLATES,
    WITHOUT_A_STATE,
    Template,
    every,
    logical_id,
    of_type,
    template,
)

by_file = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)


def definition() -> str:
    return (ROOT / "statemachine/upgrade.asl.yaml").read_text()


def tasks(states: Template) -> Iterator[Template]:
    for state in states.values():
        if state["Type"] == "Task":
            yield state
        for branch in state.get("Branches", []):
            yield from tasks(branch["States"])


def test_every_folder_is_a_function_and_every_function_a_folder() -> None:
    functions = of_type("AWS::Serverless::Function")
    assert sorted(functions) == sorted(f"{logical_id(step)}Function" for step in STEPS)
    for step in STEPS:
        properties = functions[f"{logical_id(step)}Function"]
        assert properties["CodeUri"] == f"functions/{step}"
        name = "changeover-${ClusterName}-" + step.replace("_", "-")
        assert properties["FunctionName"] == {"Fn::Sub": name}


def test_every_step_logs_to_a_group_that_forgets() -> None:
    for name, properties in every("AWS::Lambda::Function").items():
        assert properties["LoggingConfig"]["LogGroup"] == {"Ref": "StepsLog"}, name
    groups = every("AWS::Logs::LogGroup")
    assert {"template/StepsLog", "template/UpgradeLog"} < groups.keys()
    for name, properties in groups.items():
        assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_the_environment_is_what_the_settings_read() -> None:
    given = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert given.keys() == {name.upper() for name in Settings.model_fields}


def called() -> Iterator[tuple[str, Template, int]]:
    """Every function that a state awaits: its logical id, its properties, the state's patience."""
    functions = of_type("AWS::Serverless::Function")
    for task in tasks(yaml.safe_load(definition())["States"]):
        step = re.fullmatch(r"\$\{(\w+)Arn\}", task["Arguments"]["FunctionName"])
        assert step
        if not task["Resource"].endswith(".waitForTaskToken"):
            yield step[1], functions[step[1]], task["TimeoutSeconds"]


def test_no_step_outlives_its_state() -> None:
    default = template()["Globals"]["Function"]["Timeout"]
    for name, properties, patience in called():
        assert properties.get("Timeout", default) <= patience, name


def test_no_document_outlives_a_step_that_runs_documents() -> None:
    limits = {
        path.stem: int(step["inputs"]["timeoutSeconds"])
        for path in (ROOT / "documents").glob("*.yaml")
        for step in yaml.safe_load(path.read_text())["mainSteps"]
    }
    longest = max(limits, key=lambda name: limits[name])
    for name, properties, patience in called():
        if {"Ref": "SchedulerHostsPolicy"} in properties["Policies"]:
            assert limits[longest] <= min(properties["Timeout"], patience), f"{longest} in {name}"


def test_every_placeholder_of_the_definition_has_its_value() -> None:
    substitutions = of_type("AWS::Serverless::StateMachine")["UpgradeStateMachine"][
        "DefinitionSubstitutions"
    ]
    assert set(re.findall(r"\$\{(\w+)\}", definition())) == substitutions.keys()
    steps = {f"{logical_id(step)}FunctionArn" for step in STEPS if step not in WITHOUT_A_STATE}
    assert substitutions.keys() == steps | {"Partition"}
    for name in steps:
        assert substitutions[name] == {"Fn::GetAtt": [name.removesuffix("Arn"), "Arn"]}


def test_the_workflow_may_call_its_steps_and_nothing_else() -> None:
    machine = of_type("AWS::Serverless::StateMachine")["UpgradeStateMachine"]
    (document,) = machine["Policies"]
    allowed = next(s for s in document["Statement"] if s["Action"] == "lambda:InvokeFunction")
    values = machine["DefinitionSubstitutions"]
    assert allowed["Resource"] == [arn for name, arn in values.items() if name != "Partition"]


def test_the_workflow_logs_what_it_does_and_not_what_it_is_about() -> None:
    (machine,) = every("AWS::StepFunctions::StateMachine").values()
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


@by_file
def test_cfn_lint_has_nothing_to_say(path: Path) -> None:
    found = lint_file(path, ManualArgs(regions=["us-east-1", "eu-central-1"]))
    assert [f"{match.linenumber}: {match.message}" for match in found] == []


@by_file
def test_everything_a_person_meets_is_described(path: Path) -> None:
    given = template(path)
    for section in ("Parameters", "Outputs"):
        for name, each in given.get(section, {}).items():
            assert each.get("Description"), f"{section} {name}"
    for name, properties in of_type("AWS::Serverless::Function", given).items():
        assert properties.get("Description"), name


def test_every_parameter_has_a_label_and_a_place_in_the_console() -> None:
    interface = template()["Metadata"]["AWS::CloudFormation::Interface"]
    placed = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    parameters = template()["Parameters"].keys()
    assert sorted(placed) == sorted(parameters)
    assert interface["ParameterLabels"].keys() == parameters


@by_file
def test_no_yaml_anchors(path: Path) -> None:
    tokens = yaml.scan(path.read_text())
    assert not [t for t in tokens if isinstance(t, yaml.AnchorToken | yaml.AliasToken)]
