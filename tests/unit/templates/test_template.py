"""Folders, functions, states and documents bear the same names; everything is described."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from changeover import __version__
from changeover.ports.values import Machine
from changeover.runtime import Settings
from tests.support.templates import (
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


# Logical id of a machine, and its definition.
MACHINES = {
    "UpgradeStateMachine": ROOT / "statemachine/upgrade.asl.yaml",
    "RefreshImageStateMachine": ROOT / "statemachine/refresh_image.asl.yaml",
}
by_machine = pytest.mark.parametrize("name", MACHINES)


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
    assert {"template/StepsLog", "template/UpgradeLog", "template/RefreshImageLog"} < groups.keys()
    for name, properties in groups.items():
        assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_the_environment_is_what_the_settings_read() -> None:
    given = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert given.keys() == {name.upper() for name in Settings.model_fields}


def called() -> Iterator[tuple[str, Template, int]]:
    """Every function that a state awaits: its logical id, its properties, the state's patience."""
    functions = of_type("AWS::Serverless::Function")
    definitions = [yaml.safe_load(path.read_text()) for path in MACHINES.values()]
    for task in [task for each in definitions for task in tasks(each["States"])]:
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


def test_every_definition_is_deployed() -> None:
    assert of_type("AWS::Serverless::StateMachine").keys() == MACHINES.keys()
    assert sorted(MACHINES.values()) == sorted((ROOT / "statemachine").glob("*.yaml"))
    for name, path in MACHINES.items():
        given = of_type("AWS::Serverless::StateMachine")[name]
        assert given["DefinitionUri"] == f"statemachine/{path.name}"
        # By this name executions of it are started.
        said = path.name.partition(".")[0].replace("_", "-")
        assert given["Name"] == {"Fn::Sub": "changeover-${ClusterName}-" + said}
        assert said in list(Machine)


@by_machine
def test_every_placeholder_of_a_definition_has_its_value(name: str) -> None:
    definition = MACHINES[name].read_text()
    substitutions = of_type("AWS::Serverless::StateMachine")[name]["DefinitionSubstitutions"]
    assert set(re.findall(r"\$\{(\w+)\}", definition)) == substitutions.keys()
    for placeholder in substitutions.keys() - {"Partition"}:
        function = placeholder.removesuffix("Arn")
        assert substitutions[placeholder] == {"Fn::GetAtt": [function, "Arn"]}


def test_every_step_is_in_a_machine_unless_it_stands_alone() -> None:
    machines = of_type("AWS::Serverless::StateMachine").values()
    used = {name for each in machines for name in each["DefinitionSubstitutions"]} - {"Partition"}
    assert used == {
        f"{logical_id(step)}FunctionArn" for step in STEPS if step not in WITHOUT_A_STATE
    }


@by_machine
def test_a_workflow_may_call_its_steps_and_nothing_else(name: str) -> None:
    machine = of_type("AWS::Serverless::StateMachine")[name]
    (document,) = machine["Policies"]
    allowed = next(s for s in document["Statement"] if s["Action"] == "lambda:InvokeFunction")
    values = machine["DefinitionSubstitutions"]
    assert allowed["Resource"] == [arn for name, arn in values.items() if name != "Partition"]


def test_workflows_log_what_they_do_and_not_what_it_is_about() -> None:
    machines = every("AWS::StepFunctions::StateMachine")
    assert len(machines) == len(MACHINES)
    for name, machine in machines.items():
        assert machine["LoggingConfiguration"]["Level"] == "ALL", name
        assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False, name


@by_file
def test_everything_a_person_meets_is_described(path: Path) -> None:
    given = template(path)
    for section in ("Parameters", "Outputs"):
        for name, each in given.get(section, {}).items():
            assert each.get("Description"), f"{section} {name}"
    for name, properties in of_type("AWS::Serverless::Function", given).items():
        assert properties.get("Description"), name


# Nobody but another template answers for these.
INNER = {
    *("evidence", "release-build", "candidate-stacks", "events"),
    *("image-components", "image-recipe"),
}


by_console = pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if path.stem not in INNER], ids=lambda path: path.stem
)


def groups(path: Path) -> list[list[str]]:
    """The parameters of each group in CloudFormation's console."""
    interface = template(path)["Metadata"]["AWS::CloudFormation::Interface"]
    return [group["Parameters"] for group in interface["ParameterGroups"]]


def required(path: Path) -> set[str]:
    return {name for name, given in template(path)["Parameters"].items() if "Default" not in given}


@by_console
def test_every_parameter_has_a_place_in_the_console(path: Path) -> None:
    placed = [name for group in groups(path) for name in group]
    assert sorted(placed) == sorted(template(path)["Parameters"])


@by_console
def test_required_parameters_come_first_in_their_group(path: Path) -> None:
    for group in groups(path):
        assert group == sorted(group, key=lambda name: name not in required(path))


def test_a_required_parameter_says_so() -> None:
    """Only in the root: the app gives the other templates their parameters."""
    root = ROOT / "template.yaml"
    parameters = template(root)["Parameters"].items()
    marked = {name for name, given in parameters if given["Description"].startswith("Required. ")}
    assert marked == required(root)


def test_the_application_repository_gets_this_version_and_files_that_exist() -> None:
    """Rules of the AWS Serverless Application Repository for names, labels and lengths."""
    metadata = template()["Metadata"]["AWS::ServerlessRepo::Application"]
    assert metadata["SemanticVersion"] == __version__
    assert metadata["SpdxLicenseId"] == "Apache-2.0"
    for file in ("LicenseUrl", "ReadmeUrl"):
        assert (ROOT / metadata[file]).is_file()
    assert re.fullmatch(r"[A-Za-z0-9-]{1,140}", metadata["Name"])
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", metadata["Author"])
    assert 1 <= len(metadata["Description"]) <= 256
    assert len(metadata["Labels"]) <= 10
    assert all(re.fullmatch(r"[A-Za-z0-9+_:/@-]{1,127}", label) for label in metadata["Labels"])


@by_file
def test_no_yaml_anchors(path: Path) -> None:
    tokens = yaml.scan(path.read_text())
    assert not [t for t in tokens if isinstance(t, yaml.AnchorToken | yaml.AliasToken)]
