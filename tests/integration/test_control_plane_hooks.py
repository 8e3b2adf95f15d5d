"""moto still needs every hook: without hooks, each shortcoming below still exists.

If one of these tests fails, moto has improved: remove the hook.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock, patch

import boto3
import pytest
from jsonata import Jsonata
from moto import mock_aws
from moto.awslambda.models import LayerVersion
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import get_model_map
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.config import default_user_config
from moto.elbv2.models import elbv2_backends
from moto.sns.models import Subscription
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsics
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.responses import StepFunctionResponse

Probe = Callable[[], bool]
PROBES: dict[str, Probe] = {}


def shortcoming(probe: Probe) -> Probe:
    PROBES[probe.__name__.replace("_", " ")] = probe
    return probe


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """Run the probes in their own process, where moto has no hooks, and return their findings."""
    # No Docker daemon answers there, so that moto does not download images.
    environment = os.environ | {"DOCKER_HOST": "tcp://127.0.0.1:1"}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", __file__],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(run.stdout.splitlines()[-1]))


# ── JSONata ───────────────────────────────────────────────────────────────────────────────────────


@shortcoming
def there_is_no_evaluator() -> bool:
    return outcome({"Show": show("1 + 1")}, evaluator=None)["status"] != "SUCCEEDED"


@shortcoming
def the_port_takes_operators_that_aws_does_not_know() -> bool:
    return evaluated("nothing ?? 2") == 2 and evaluated("0 ?: 2") == 2


@shortcoming
def what_goes_wrong_in_an_expression_is_not_an_evaluation_error() -> bool:
    return outcome({"Show": show('"a" + 1')})["error"] == "States.Runtime"


@shortcoming
def three_functions_of_aws_are_not_there() -> bool:
    texts = intrinsics._DECLARATION_BY_VARIABLE_REFERENCE
    return all(
        word in texts[name]
        for name, word in (
            ("$uuid", "not supported"),
            ("$hash", "not supported"),
            ("$parse", "$eval"),
        )
    )


@shortcoming
def a_quote_in_a_text_variable_breaks_the_expression() -> bool:
    keep = {"Type": "Pass", "Assign": {"text": "{% 'a' & $string({'b': 1}) %}"}, "Next": "Show"}
    return outcome({"Keep": keep, "Show": show("$text")})["status"] == "FAILED"


# ── State machines ────────────────────────────────────────────────────────────────────────────────


@shortcoming
def nothing_is_executed_by_default() -> bool:
    return outcome({"Fail": {"Type": "Fail"}}, execute=False)["status"] != "FAILED"


@shortcoming
def machines_of_templates_are_not_where_executions_are() -> bool:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    properties = {"DefinitionString": definition, "RoleArn": ROLE}
    stack({"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})
    return not client("stepfunctions").list_state_machines()["stateMachines"]


@shortcoming
def a_machine_can_be_started_unnamed_only_once() -> bool:
    arn = machine({"Done": {"Type": "Succeed"}})
    ended(client("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"])
    return fails(lambda: client("stepfunctions").start_execution(stateMachineArn=arn))


@shortcoming
def text_as_output_is_not_quoted() -> bool:
    return outcome({"Show": show("'text'")})["output"] == "text"


@shortcoming
def a_date_in_an_output_cannot_be_described() -> bool:
    call = "arn:aws:states:::aws-sdk:sfn:listStateMachines"
    return fails(
        lambda: outcome({"List": {"Type": "Task", "Resource": call, "Arguments": {}, "End": True}})
    )


@shortcoming
def the_cause_of_a_failed_task_is_dropped() -> bool:
    return "cause" not in StepFunctionResponse.send_task_failure.__code__.co_consts


@shortcoming
def the_error_and_cause_of_a_stop_are_dropped() -> bool:
    stopped = stop(waiting())
    return "error" not in stopped and "cause" not in stopped


@shortcoming
def a_stop_does_not_end_the_wait_for_a_token() -> bool:
    return bool(stop(waiting())["status"] == "RUNNING")


@shortcoming
def a_wait_that_is_ended_turns_a_stop_into_a_failure() -> bool:
    def stop_and_end_waits(self: Any, **why: Any) -> None:
        original(self, **why)
        for endpoint in list(self.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()

    original = Environment.set_stop
    with patch.object(Environment, "set_stop", stop_and_end_waits):
        return bool(stop(waiting())["status"] == "FAILED")


@shortcoming
def text_given_to_assign_keeps_its_escapes() -> bool:
    return bool(Preprocessor._inner_string_of(Mock(getText=lambda: r'"a\nb"')) == r"a\nb")


@shortcoming
def a_caught_time_out_cannot_be_passed_on() -> bool:
    fail = {"Type": "Fail", "Error": "{% 'States.Timeout' %}"}
    return outcome({"Fail": fail})["error"] != "States.Timeout"


@shortcoming
def every_task_makes_a_client_of_its_own() -> bool:
    first, second = (boto_client_for("us-east-1", "lambda") for _ in range(2))
    return first is not second


# ── Functions, events, mail ───────────────────────────────────────────────────────────────────────


@shortcoming
def no_function_runs_without_docker() -> bool:
    code = {"ZipFile": b"PK\5\6" + bytes(18)}
    client("lambda").create_function(
        FunctionName="step", Runtime="python3.13", Handler="a.b", Role=role(), Code=code
    )
    answer = client("lambda").invoke(FunctionName="step", Payload="{}")
    return "docker" in answer["Payload"].read().decode().lower()


@shortcoming
def a_function_of_a_template_loses_its_layers() -> bool:
    layer = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"ZipFile": ""}}}
    arn = client("lambda").publish_layer_version(LayerName="words", Content={"ZipFile": b""})
    stack({"Step": function(Layers=[arn["LayerVersionArn"]]), "Words": layer})
    (step,) = client("lambda").list_functions()["Functions"]
    return not step.get("Layers") and "LoggingConfig" not in step


@shortcoming
def a_reference_to_a_layer_is_no_arn() -> bool:
    return not hasattr(LayerVersion, "physical_resource_id")


@shortcoming
def events_do_not_reach_machines_functions_and_topics() -> bool:
    events = client("events")
    events.put_rule(Name="all", EventPattern='{"source": ["here"]}')
    event = {"Source": "here", "DetailType": "x", "Detail": "{}"}

    def unreached(arn: str) -> bool:
        events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
        return fails(lambda: events.put_events(Entries=[event]))

    topic = client("sns").create_topic(Name="topic")["TopicArn"]
    step = "arn:aws:lambda:us-east-1:123456789012:function:step"
    return all([unreached(machine({"A": {"Type": "Succeed"}})), unreached(topic), unreached(step)])


@shortcoming
def mail_goes_nowhere() -> bool:
    return "email" not in Subscription.publish.__code__.co_consts


# ── Templates ─────────────────────────────────────────────────────────────────────────────────────


@shortcoming
def there_is_no_sam_transform() -> bool:
    properties = {"Runtime": "python3.13", "Handler": "a.b", "InlineCode": "def b(*_): pass"}
    stack(
        {"Step": {"Type": "AWS::Serverless::Function", "Properties": properties}},
        Transform="AWS::Serverless-2016-10-31",
    )
    return not client("lambda").list_functions()["Functions"]


@shortcoming
def an_include_is_left_as_it_is() -> bool:
    s3 = client("s3")
    s3.create_bucket(Bucket="parts")
    s3.put_object(Bucket="parts", Key="part.yaml", Body="Value: included")
    part = {"Name": "AWS::Include", "Parameters": {"Location": "s3://parts/part.yaml"}}
    properties = {"Name": "/part", "Type": "String", "Fn::Transform": part}
    return fails(lambda: stack({"Part": {"Type": "AWS::SSM::Parameter", "Properties": properties}}))


@shortcoming
def five_types_are_reported_made_and_are_not() -> bool:
    return not get_model_map().keys() & {
        "AWS::Backup::BackupVault",
        "AWS::CodeBuild::Project",
        "AWS::SecretsManager::Secret",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
    }


@shortcoming
def what_image_builder_is_made_of_cannot_be_referred_to() -> bool:
    kinds = {"Component", "ImageRecipe", "InfrastructureConfiguration", "ImagePipeline"}
    kinds |= {"DistributionConfiguration", "LifecyclePolicy"}
    return not get_model_map().keys() & {f"AWS::ImageBuilder::{kind}" for kind in kinds}


@shortcoming
def user_pools_and_what_belongs_to_them_cannot_be_referred_to() -> bool:
    kinds = {"", "Client", "Domain", "Group", "IdentityProvider"}
    return not get_model_map().keys() & {f"AWS::Cognito::UserPool{kind}" for kind in kinds}


@shortcoming
def the_conditions_of_a_bucket_policy_are_not_looked_at() -> bool:
    """The reason why the type AWS::S3::BucketPolicy is left out."""
    s3 = client("s3")
    s3.create_bucket(Bucket="evidence")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::evidence/*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/nobody": "has this"}},
    }
    s3.put_bucket_policy(Bucket="evidence", Policy=json.dumps({"Statement": [deny]}))
    return fails(lambda: s3.put_object(Bucket="evidence", Key="key", Body=b""))


@shortcoming
def where_a_definition_lies_is_ignored() -> bool:
    place = {"Bucket": "no-such-bucket", "Key": "machine.json"}
    properties = {"DefinitionS3Location": place, "RoleArn": ROLE}
    stack({"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})
    return True  # the bucket was not looked for


@shortcoming
def a_document_of_a_template_must_be_text() -> bool:
    properties = {"Name": "hello", "DocumentType": "Command", "Content": {"schemaVersion": "2.2"}}
    return fails(lambda: stack({"D": {"Type": "AWS::SSM::Document", "Properties": properties}}))


@shortcoming
def a_weighted_listener_cannot_be_made() -> bool:
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": []}}
    backend = elbv2_backends["123456789012"]["us-east-1"]
    return fails(lambda: backend.convert_and_validate_properties({"DefaultActions": [forward]}))


@shortcoming
def the_targets_of_a_target_group_are_dropped() -> bool:
    properties = {"TargetType": "lambda", "Targets": [{"Id": "arn:aws:lambda:x"}]}
    stack({"G": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": properties}})
    (group,) = client("elbv2").describe_target_groups()["TargetGroups"]
    health = client("elbv2").describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    return not health["TargetHealthDescriptions"]


@shortcoming
def a_nested_stack_has_no_attributes() -> bool:
    return not hasattr(Stack, "get_cfn_attribute")


@shortcoming
def the_name_of_an_output_is_cut_in_two() -> bool:
    parsed = Stack.parse_template("A: !GetAtt Inner.Outputs.Name")
    return bool(parsed == {"A": {"Fn::GetAtt": ["Inner", "Outputs", "Name"]}})


@shortcoming
def hidden_parameters_are_shown() -> bool:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    stack({"T": topic}, Parameters={"Word": {"Type": "String", "NoEcho": True, "Default": "hush"}})
    (made,) = client("cloudformation").describe_stacks()["Stacks"]
    return bool(made["Parameters"][0]["ParameterValue"] == "hush")


@shortcoming
def a_nested_stack_does_not_get_the_tags_of_its_parent() -> bool:
    body = json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {}}}})
    client("s3").create_bucket(Bucket="parts")
    client("s3").put_object(Bucket="parts", Key="inner.json", Body=body)
    inner = {"TemplateURL": "https://s3.amazonaws.com/parts/inner.json"}
    outer = {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": inner}}
    client("cloudformation").create_stack(
        StackName="outer",
        TemplateBody=json.dumps({"Resources": outer}),
        Tags=[{"Key": "cluster", "Value": "hpc"}],
    )
    tags = {
        stack["StackName"]: stack["Tags"]
        for stack in client("cloudformation").describe_stacks()["Stacks"]
    }
    return len(tags) == 2 and len(tags["outer"]) == 1 and [] in tags.values()


@shortcoming
def no_stack_can_be_protected_against_deletion() -> bool:
    return not hasattr(CloudFormationResponse, "update_termination_protection")


# ── Parts of the probes ───────────────────────────────────────────────────────────────────────────

ROLE = "arn:aws:iam::123456789012:role/steps"


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def fails(call: Callable[[], object]) -> bool:
    try:
        call()
    except Exception:  # noqa: BLE001 - moto's failures are of every kind
        return True
    return False


def role() -> str:
    made = client("iam").create_role(RoleName="steps", AssumeRolePolicyDocument="{}")
    return str(made["Role"]["Arn"])


def function(**properties: Any) -> dict[str, Any]:
    code = {"ZipFile": "def b(*_): pass"}
    given = {"Runtime": "python3.13", "Handler": "a.b", "Code": code, "Role": role()}
    log = {"LogFormat": "JSON"}
    properties = {**given, "LoggingConfig": log, **properties}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def stack(resources: dict[str, Any], **more: Any) -> None:
    body = json.dumps({"Resources": resources, **more})
    client("cloudformation").create_stack(StackName="stack", TemplateBody=body)


def show(expression: str) -> dict[str, Any]:
    return {"Type": "Pass", "Output": "{% " + expression + " %}", "End": True}


def evaluated(expression: str) -> Any:
    return Jsonata(expression).evaluate(None)


def machine(states: dict[str, Any]) -> str:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    made = client("stepfunctions").create_state_machine(
        name="machine", definition=json.dumps(definition), roleArn=ROLE
    )
    return str(made["stateMachineArn"])


def outcome(
    states: dict[str, Any], evaluator: Any = evaluated, *, execute: bool = True
) -> dict[str, Any]:
    default_user_config["stepfunctions"] = {"execute_state_machine": execute}
    with patch.object(jsonata, "_eval_jsonata", evaluator):
        started = client("stepfunctions").start_execution(
            stateMachineArn=machine(states), name="run"
        )
        return ended(started["executionArn"])


def ended(execution: str) -> dict[str, Any]:
    """Return the final status, or the status after a while: some shortcomings prevent an end."""
    seen: dict[str, Any] = {}
    for _ in range(100):
        seen = client("stepfunctions").describe_execution(executionArn=execution)
        if seen["status"] != "RUNNING":
            break
        time.sleep(0.05)
    return seen


def waiting() -> str:
    """Start an execution that sends its task token to an SQS queue and waits."""
    queue = client("sqs").create_queue(QueueName="tokens")["QueueUrl"]
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "TimeoutSeconds": 5,
        "End": True,
    }
    definition = json.dumps({"StartAt": "Ask", "States": {"Ask": ask}})
    made = client("stepfunctions").create_state_machine(
        name="asking", definition=definition, roleArn=ROLE
    )
    started = client("stepfunctions").start_execution(
        stateMachineArn=made["stateMachineArn"], name="run"
    )
    for _ in range(100):
        if client("sqs").receive_message(QueueUrl=queue).get("Messages"):
            break
        time.sleep(0.05)
    return str(started["executionArn"])


def stop(execution: str) -> dict[str, Any]:
    client("stepfunctions").stop_execution(executionArn=execution, error="Stop", cause="by hand")
    time.sleep(0.5)
    return dict(client("stepfunctions").describe_execution(executionArn=execution))


def probe_all() -> dict[str, str]:
    """Return `there`, `gone` or the error for each shortcoming."""
    answers = {}
    for name, probe in PROBES.items():
        with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
            try:
                answers[name] = "there" if probe() else "gone"
            except Exception as error:  # noqa: BLE001 - a test shows it
                answers[name] = repr(error)
    return answers


@pytest.mark.parametrize("name", PROBES)
def test_moto_still_needs_the_hook_because(name: str, found: dict[str, str]) -> None:
    assert found[name] == "there"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe_all()))
