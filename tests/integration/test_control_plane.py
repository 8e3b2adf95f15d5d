"""The rehearsal's AWS runs functions and state machines as AWS would."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.control_plane import ControlPlane
from rehearsal.json_lines import read_lines
from tests.support.wait_for import eventually

CODE = """
import json, os, sys, time
from pathlib import Path

class Refused(Exception): pass

def handler(event, context):
    if "refuse" in event: raise Refused(event["refuse"])
    if "sleep" in event: time.sleep(event["sleep"])
    if "exit" in event: os._exit(event["exit"])
    if "import" in event: __import__(event["import"])
    if "token" in event: Path(event["file"]).write_text(event["token"])
    print("seen", event)
    return {
        "event": event,
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "remaining": context.get_remaining_time_in_millis(),
    }
"""
INVOKE = "arn:aws:states:::lambda:invoke"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        yield plane


@pytest.fixture(scope="module")
def role(aws: ControlPlane) -> str:
    made = aws.client("iam").create_role(RoleName="steps", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="module")
def function(aws: ControlPlane, role: str) -> str:
    return make_function(aws, role, "step", seconds=20)


def make_function(aws: ControlPlane, role: str, name: str, seconds: int) -> str:
    created = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Timeout=seconds,
        MemorySize=256,
        Environment={"Variables": {"CLUSTER": "hpc"}},
        Code={"ZipFile": zipped({"app.py": CODE})},
    )
    return str(created["FunctionArn"])


def zipped(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        for name, text in files.items():
            into.writestr(name, text)
    return archive.getvalue()


def invoke(aws: ControlPlane, function: str, **event: Any) -> Any:
    answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())
    return payload | {"failed": "FunctionError" in answer}


def invocations(aws: ControlPlane) -> list[dict[str, Any]]:
    return read_lines(aws.work / "invocations.jsonl")


def start(aws: ControlPlane, machine: str, given: Any = None, **named: str) -> str:
    return str(
        aws.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps(given or {}), **named
        )["executionArn"]
    )


def ended(aws: ControlPlane, execution: str) -> dict[str, Any]:
    def seen() -> dict[str, Any]:
        described = aws.client("stepfunctions").describe_execution(executionArn=execution)
        return {} if described["status"] == "RUNNING" else dict(described)

    return eventually(seen)


def machine(aws: ControlPlane, role: str, name: str, states: dict[str, Any]) -> str:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    made = aws.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role
    )
    return str(made["stateMachineArn"])


def run(aws: ControlPlane, role: str, name: str, **states: Any) -> dict[str, Any]:
    return ended(aws, start(aws, machine(aws, role, name, states)))


def handed_out(file: Path) -> str:
    return eventually(lambda: file.read_text() if file.exists() else "")


# ── Functions ─────────────────────────────────────────────────────────────────────────────────────


def test_a_function_sees_lambdas_environment_and_none_of_ours(
    aws: ControlPlane, function: str
) -> None:
    seen = invoke(aws, function, key="value")

    assert seen["event"] == {"key": "value"}
    assert seen["environment"]["CLUSTER"] == "hpc"
    assert seen["environment"]["AWS_LAMBDA_FUNCTION_NAME"] == "step"
    assert seen["environment"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["environment"]["_HANDLER"] == "app.handler"
    assert seen["environment"]["AWS_ENDPOINT_URL"] == aws.endpoint
    assert seen["environment"]["AWS_ENDPOINT_URL_SSM"] == aws.endpoints["ssm"]
    assert "VIRTUAL_ENV" not in seen["environment"]
    assert 0 < seen["remaining"] <= 20_000


def test_the_second_call_finds_a_warm_process(aws: ControlPlane, function: str) -> None:
    first, second = invoke(aws, function), invoke(aws, function)

    assert first["pid"] == second["pid"]
    last = invocations(aws)[-1]
    assert not last["cold"]
    assert last["init_ms"] == 0
    assert 0 < last["duration_ms"] < 20_000
    assert last["billed_ms"] >= 1
    assert last["memory_mb"] == 256


def test_a_second_call_at_the_same_time_gets_a_process_of_its_own(
    aws: ControlPlane, function: str, role: str
) -> None:
    branch = {"Arguments": {"FunctionName": function, "Payload": {"sleep": 1.5}}}
    task = {"Type": "Task", "Resource": INVOKE, **branch, "End": True}
    branches = [{"StartAt": "A", "States": {"A": task}}, {"StartAt": "B", "States": {"B": task}}]
    pids = "{% $states.result.Payload.pid %}"

    seen = run(aws, role, "twice", Both={
        "Type": "Parallel", "Branches": branches, "Output": pids, "End": True
    })  # fmt: skip

    assert len(set(json.loads(seen["output"]))) == 2


def test_what_the_handler_raises_is_told_by_its_name(aws: ControlPlane, function: str) -> None:
    seen = invoke(aws, function, refuse='no such "release"')

    assert seen["failed"]
    assert seen["errorType"] == "Refused"
    assert seen["errorMessage"] == 'no such "release"'
    assert "in handler" in "".join(seen["stackTrace"])
    assert invocations(aws)[-1]["error_type"] == "Refused"


def test_a_function_that_takes_too_long_loses_its_process(aws: ControlPlane, role: str) -> None:
    impatient = make_function(aws, role, "impatient", seconds=2)
    before = invoke(aws, impatient)

    slow = invoke(aws, impatient, sleep=10)
    after = invoke(aws, impatient)

    assert slow["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 2.00 seconds" in slow["errorMessage"]
    assert after["pid"] != before["pid"]
    assert not Path(f"/proc/{before['pid']}").exists()


def test_a_process_that_exits_fails_its_call_only(aws: ControlPlane, function: str) -> None:
    assert invoke(aws, function, exit=3)["errorType"] == "Runtime.ExitError"
    assert not invoke(aws, function)["failed"]


def test_a_package_that_no_layer_brings_is_missing(aws: ControlPlane, function: str) -> None:
    assert invoke(aws, function, **{"import": "moto"})["errorType"] == "ModuleNotFoundError"
    assert not invoke(aws, function, **{"import": "boto3"})["failed"]


def test_a_module_that_cannot_be_imported_is_an_init_error(aws: ControlPlane, role: str) -> None:
    aws.client("lambda").create_function(
        FunctionName="broken",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": zipped({"app.py": "import pydantic"})},
    )

    assert invoke(aws, "broken")["errorType"] == "Runtime.ImportModuleError"


def test_what_a_function_prints_is_in_its_log(aws: ControlPlane, function: str) -> None:
    invoke(aws, function, hello="there")

    assert "seen {'hello': 'there'}" in (aws.work / "logs" / "step.log").read_text()


# ── State machines ────────────────────────────────────────────────────────────────────────────────


def test_a_phase_that_fails_is_caught_and_ends_with_the_original_error(
    aws: ControlPlane, role: str, function: str
) -> None:
    refuse = {"FunctionName": function, "Payload": {"refuse": "too\nbad"}}
    branch = {
        "StartAt": "Step",
        "States": {"Step": {"Type": "Task", "Resource": INVOKE, "Arguments": refuse, "End": True}},
    }
    catch = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"failure": "{% $states.errorOutput %}"},
        "Next": "Failed",
    }

    seen = run(
        aws,
        role,
        "phase",
        Phase={"Type": "Parallel", "Branches": [branch], "Catch": [catch], "End": True},
        Failed={
            "Type": "Fail",
            "Error": "{% $failure.Error %}",
            "Cause": "{% $parse($failure.Cause).errorMessage %}",
        },
    )

    assert seen["status"] == "FAILED"
    assert seen["error"] == "Refused"
    assert seen["cause"] == "too\nbad"


def test_expressions_select_assign_choose_wait_and_see_the_context(
    aws: ControlPlane, role: str, function: str
) -> None:
    payload = {
        "execution": "{% $states.context.Execution.Name %}",
        "started": "{% $states.context.Execution.StartTime %}",
        "digest": "{% $hash('a', 'SHA-256') %}",
        "id": "{% $uuid() %}",
    }
    arguments = {"FunctionName": function, "Payload": payload}
    chosen = {"Condition": "{% $event.digest = $states.input.digest %}", "Next": "Pause"}
    named = machine(aws, role, "select", {
        "Step": {
            "Type": "Task",
            "Resource": INVOKE,
            "Arguments": arguments,
            "Assign": {"event": "{% $states.result.Payload.event %}", "seconds": 1},
            "Output": "{% $states.result.Payload.event %}",
            "Next": "Choose",
        },
        "Choose": {"Type": "Choice", "Choices": [chosen], "Default": "Wrong"},
        "Wrong": {"Type": "Fail"},
        "Pause": {"Type": "Wait", "Seconds": "{% $seconds %}", "End": True},
    })  # fmt: skip

    started = time.monotonic()
    seen = ended(aws, start(aws, named, name="first"))

    output = json.loads(seen["output"])
    assert time.monotonic() - started >= 1
    assert output["execution"] == "first"
    assert output["started"].startswith("20")
    assert len(output["id"]) == 36
    assert output["digest"].startswith("ca978112ca1bbdcafac231b39a23dc4da786eff8")


def test_text_with_quotes_and_line_breaks_stays_text(aws: ControlPlane, role: str) -> None:
    text = 'say "hi"\n\\ and {% not this %}'

    seen = run(
        aws, role, "text",
        Keep={"Type": "Pass", "Assign": {"text": text}, "Next": "Show"},
        Show={"Type": "Pass", "Output": "{% $text %}", "End": True},
    )  # fmt: skip

    assert json.loads(seen["output"]) == text


@pytest.mark.parametrize("expression", ["$states.input.nothing", "1 ?? 2", "1 ?: 2"])
def test_what_aws_does_not_evaluate_fails_here_too(
    aws: ControlPlane, role: str, expression: str
) -> None:
    name = f"undefined-{abs(hash(expression))}"

    seen = run(aws, role, name, Show={
        "Type": "Pass", "Output": "{% " + expression + " %}", "End": True
    })  # fmt: skip

    assert (seen["status"], seen["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_machine_can_be_started_unnamed_any_number_of_times(aws: ControlPlane, role: str) -> None:
    unnamed = machine(aws, role, "unnamed", {"Done": {"Type": "Succeed"}})

    arns = {start(aws, unnamed) for _ in range(3)}

    assert len(arns) == 3
    assert all(ended(aws, arn)["status"] == "SUCCEEDED" for arn in arns)


def test_dates_in_an_output_can_be_described(aws: ControlPlane, role: str) -> None:
    seen = run(aws, role, "dates", Show={
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:listStateMachines",
        "Arguments": {},
        "End": True,
    })  # fmt: skip

    assert "T" in json.loads(seen["output"])["stateMachines"][0]["creationDate"]


def waiting(function: str, file: Path, seconds: int) -> dict[str, Any]:
    payload = {"token": "{% $states.context.Task.Token %}", "file": str(file)}
    return {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Arguments": {"FunctionName": function, "Payload": payload},
        "TimeoutSeconds": "{% " + str(seconds) + " %}",
        "End": True,
    }


def test_a_token_brings_the_answer(
    aws: ControlPlane, role: str, function: str, tmp_path: Path
) -> None:
    asked = machine(aws, role, "asked", {"Ask": waiting(function, tmp_path / "token", 20)})
    execution = start(aws, asked)

    aws.client("stepfunctions").send_task_success(
        taskToken=handed_out(tmp_path / "token"), output='{"decision": "yes"}'
    )

    assert json.loads(ended(aws, execution)["output"]) == {"decision": "yes"}


def test_a_token_brings_an_error_with_its_cause(
    aws: ControlPlane, role: str, function: str, tmp_path: Path
) -> None:
    asked = machine(aws, role, "refused", {"Ask": waiting(function, tmp_path / "token", 20)})
    execution = start(aws, asked)

    aws.client("stepfunctions").send_task_failure(
        taskToken=handed_out(tmp_path / "token"), error="Rejected", cause="by mary"
    )

    seen = ended(aws, execution)
    assert (seen["error"], seen["cause"]) == ("Rejected", "by mary")


def test_silence_on_a_token_is_a_time_out_that_can_be_passed_on(
    aws: ControlPlane, role: str, function: str, tmp_path: Path
) -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Failed"}

    seen = run(
        aws,
        role,
        "silence",
        Ask=waiting(function, tmp_path / "token", 1) | {"Catch": [catch]},
        Failed={"Type": "Fail", "Error": "{% $states.input.Error %}"},
    )

    assert (seen["status"], seen["error"]) == ("FAILED", "States.Timeout")


def test_stopping_ends_the_wait_for_a_token(
    aws: ControlPlane, role: str, function: str, tmp_path: Path
) -> None:
    asked = machine(aws, role, "stopped", {"Ask": waiting(function, tmp_path / "token", 60)})
    execution = start(aws, asked)
    token = handed_out(tmp_path / "token")

    steps = aws.client("stepfunctions")
    steps.stop_execution(executionArn=execution, error="Stopped", cause="by mary")

    seen = ended(aws, execution)
    assert (seen["status"], seen["error"], seen["cause"]) == ("ABORTED", "Stopped", "by mary")
    with pytest.raises(steps.exceptions.ClientError):
        steps.send_task_success(taskToken=token, output="{}")


def test_only_the_transient_is_tried_again(aws: ControlPlane, role: str, function: str) -> None:
    retry = {
        "ErrorEquals": ["Refused"],
        "IntervalSeconds": 1,
        "MaxAttempts": 1,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }
    before = len(invocations(aws))

    seen = run(aws, role, "again", Step={
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": function, "Payload": {"refuse": "always"}},
        "Retry": [retry],
        "End": True,
    })  # fmt: skip

    assert seen["error"] == "Refused"
    assert len(invocations(aws)) - before == 2


# ── Events and mail ───────────────────────────────────────────────────────────────────────────────


def test_an_event_that_matches_starts_the_machine_with_the_targets_input(
    aws: ControlPlane, role: str
) -> None:
    started = machine(aws, role, "started", {"Done": {"Type": "Succeed"}})
    events = aws.client("events")
    pattern = {"source": ["aws.imagebuilder"], "resources": [{"prefix": "arn:image/hpc/"}]}
    events.put_rule(Name="images", EventPattern=json.dumps(pattern))
    transformer = {
        "InputPathsMap": {"image": "$.resources[0]"},
        "InputTemplate": '{"image_build": <image>}',
    }
    target = {"Id": "1", "Arn": started, "RoleArn": role, "InputTransformer": transformer}
    events.put_targets(Rule="images", Targets=[target])

    for image in ("arn:image/other/1", "arn:image/hpc/1"):
        event = {"Source": "aws.imagebuilder", "DetailType": "x", "Detail": "{}"}
        events.put_events(Entries=[event | {"Resources": [image]}])

    (execution,) = aws.client("stepfunctions").list_executions(stateMachineArn=started)[
        "executions"
    ]
    seen = ended(aws, execution["executionArn"])
    assert json.loads(seen["input"]) == {"image_build": "arn:image/hpc/1"}


def test_a_rule_with_a_schedule_hears_no_event(aws: ControlPlane, role: str) -> None:
    scheduled = machine(aws, role, "scheduled", {"Done": {"Type": "Succeed"}})
    events = aws.client("events")
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="hourly", Targets=[{"Id": "1", "Arn": scheduled, "RoleArn": role}])

    events.put_events(Entries=[{"Source": "aws.ec2", "DetailType": "x", "Detail": "{}"}])

    listed = aws.client("stepfunctions").list_executions(stateMachineArn=scheduled)
    assert listed["executions"] == []


def test_mail_lands_in_the_inbox(aws: ControlPlane) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="upgrades")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="mary@example.org")

    sns.publish(TopicArn=topic, Subject="Approve?", Message="Look here")

    mails = sorted((aws.work / "inbox").glob("*.json"))
    assert json.loads(mails[-1].read_text()) == {
        "to": "mary@example.org",
        "subject": "Approve?",
        "message": "Look here",
    }


# ── The process ───────────────────────────────────────────────────────────────────────────────────


def test_an_idle_control_plane_needs_no_processor(aws: ControlPlane) -> None:
    before = cpu_seconds(aws)

    time.sleep(2)

    # A busy loop would use two seconds.
    assert cpu_seconds(aws) - before < 0.2


def cpu_seconds(aws: ControlPlane) -> float:
    assert aws.pid is not None
    user, system = Path(f"/proc/{aws.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / 100


def test_everything_that_was_started_ends_with_it(tmp_path: Path) -> None:
    with ControlPlane(tmp_path) as plane:
        role = plane.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        plane.client("lambda").create_function(
            FunctionName="step",
            Runtime="python3.13",
            Handler="app.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": zipped({"app.py": CODE})},
        )
        pids = [invoke(plane, "step")["pid"], plane.pid]

    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
