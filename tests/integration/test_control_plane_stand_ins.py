"""SSM commands and builds really run, which moto only simulates."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.control_plane import ControlPlane

INSTANCE = "i-0123456789abcdef0"
CLUSTER = "changeover:cluster"
# Documents of this app, for the cluster hpc.
PREFIX = "changeover-hpc-"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        yield plane


# ── SSM ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def host(aws: ControlPlane) -> Path:
    tag(aws, INSTANCE, "hpc")
    return agent(aws, INSTANCE)


def agent(aws: ControlPlane, instance: str) -> Path:
    """The folder of a host whose SSM agent is registered."""
    folder = aws.work / "hosts" / instance
    (folder / "bin").mkdir(parents=True)
    return folder


def tag(aws: ControlPlane, instance: str, cluster: str) -> None:
    tags = [{"Key": CLUSTER, "Value": cluster}]
    aws.client("ec2").create_tags(Resources=[instance], Tags=tags)


def document(aws: ControlPlane, name: str, script: str, seconds: int = 20) -> str:
    name = PREFIX + name
    aws.client("ssm").create_document(
        Name=name, Content=saying(script, seconds), DocumentType="Command", DocumentFormat="JSON"
    )
    return name


def saying(script: str, seconds: int = 20) -> str:
    content = {
        "schemaVersion": "2.2",
        "parameters": {"Word": {"type": "String", "allowedPattern": "^[a-z]*$", "default": "hi"}},
        "mainSteps": [
            {
                "action": "aws:runShellScript",
                "name": "run",
                "inputs": {"timeoutSeconds": str(seconds), "runCommand": [script]},
            }
        ],
    }
    return json.dumps(content)


def send(aws: ControlPlane, name: str, **parameters: str) -> str:
    return str(
        aws.client("ssm").send_command(
            InstanceIds=[INSTANCE],
            DocumentName=name,
            Parameters={key: [value] for key, value in parameters.items()},
        )["Command"]["CommandId"]
    )


def outcome(aws: ControlPlane, command: str, instance: str = INSTANCE) -> dict[str, Any]:
    ssm = aws.client("ssm")
    for _ in range(1200):
        time.sleep(0.05)
        try:
            seen = ssm.get_command_invocation(CommandId=command, InstanceId=instance)
        except ssm.exceptions.InvocationDoesNotExist:
            continue
        if seen["Status"] != "InProgress":
            return dict(seen)
    raise AssertionError(f"{command} does not end")


def test_a_document_runs_on_the_host_with_its_parameters(aws: ControlPlane, host: Path) -> None:
    name = document(aws, "greet", 'echo "{{ Word }} from $CHANGEOVER_ROOT"')

    seen = outcome(aws, send(aws, name, Word="hello"))

    assert (seen["Status"], seen["ResponseCode"]) == ("Success", 0)
    assert seen["StandardOutputContent"] == f"hello from {host}\n"


@pytest.mark.usefixtures("host")
def test_a_newer_version_of_a_document_runs_for_who_asks_for_the_latest(aws: ControlPlane) -> None:
    ssm = aws.client("ssm")
    name = document(aws, "versions", "echo one")
    ssm.update_document(
        Name=name, Content=saying("echo two"), DocumentVersion="$LATEST", DocumentFormat="JSON"
    )

    said = {}
    for asked in ({}, {"DocumentVersion": "$LATEST"}):
        sent = ssm.send_command(InstanceIds=[INSTANCE], DocumentName=name, **asked)
        seen = outcome(aws, sent["Command"]["CommandId"])
        said[seen["DocumentVersion"]] = seen["StandardOutputContent"]

    assert said == {"$DEFAULT": "one\n", "$LATEST": "two\n"}


def test_right_after_the_send_there_is_no_invocation_yet(aws: ControlPlane, host: Path) -> None:
    ssm = aws.client("ssm")
    command = send(aws, document(aws, "early", f"test -d {host}"))

    with pytest.raises(ssm.exceptions.InvocationDoesNotExist):
        ssm.get_command_invocation(CommandId=command, InstanceId=INSTANCE)
    assert outcome(aws, command)["Status"] == "Success"


@pytest.mark.usefixtures("host")
def test_a_document_that_fails_says_so_and_keeps_its_words(aws: ControlPlane) -> None:
    seen = outcome(aws, send(aws, document(aws, "fail", "echo no slapd >&2; exit 3")))

    assert (seen["Status"], seen["ResponseCode"]) == ("Failed", 3)
    assert seen["StandardErrorContent"].splitlines() == [
        "no slapd",
        "failed to run commands: exit status 3",
    ]


@pytest.mark.usefixtures("host")
def test_a_document_that_takes_too_long_times_out(aws: ControlPlane) -> None:
    seen = outcome(aws, send(aws, document(aws, "slow", "sleep 30", seconds=1)))

    assert seen["Status"] == "TimedOut"


@pytest.mark.usefixtures("host")
def test_output_is_cut_where_ssm_cuts_it(aws: ControlPlane) -> None:
    script = "printf '%030000d' 0; printf '%010000d' 0 >&2"

    seen = outcome(aws, send(aws, document(aws, "much", script)))

    assert len(seen["StandardOutputContent"]) == 24_000
    assert len(seen["StandardErrorContent"]) == 8_000


@pytest.mark.usefixtures("host")
def test_a_command_can_be_cancelled(aws: ControlPlane) -> None:
    command = send(aws, document(aws, "cancel", "sleep 2"))

    aws.client("ssm").cancel_command(CommandId=command)

    assert outcome(aws, command)["Status"] == "Cancelled"


@pytest.mark.usefixtures("host")
def test_only_hosts_that_are_up_can_be_reached(aws: ControlPlane) -> None:
    ssm = aws.client("ssm")
    name = document(aws, "reach", "true")
    other = "i-0fedcba9876543210"

    known = ssm.describe_instance_information(
        Filters=[{"Key": "InstanceIds", "Values": [INSTANCE, other]}]
    )["InstanceInformationList"]

    assert [(one["InstanceId"], one["PingStatus"]) for one in known] == [(INSTANCE, "Online")]
    tag(aws, other, "hpc")
    with pytest.raises(ssm.exceptions.InvalidInstanceId):
        ssm.send_command(InstanceIds=[other], DocumentName=name)
    with pytest.raises(ssm.exceptions.InvalidDocument):
        ssm.send_command(InstanceIds=[INSTANCE], DocumentName=f"{PREFIX}no-such")


@pytest.mark.parametrize(
    ("instance", "cluster"),
    [
        ("i-00000000000000001", ""),
        ("i-00000000000000002", "ml"),
        ("i-00000000000000003", "hpc2"),
        ("i-00000000000000004", "hp"),
    ],
)
@pytest.mark.usefixtures("host")
def test_no_document_runs_on_a_host_without_its_clusters_tag(
    aws: ControlPlane, instance: str, cluster: str
) -> None:
    folder = agent(aws, instance)
    if cluster:
        tag(aws, instance, cluster)
    name = document(aws, f"touch-{instance}", 'touch "$CHANGEOVER_ROOT/touched"')

    for instances in ([instance], [INSTANCE, instance]):
        with pytest.raises(ClientError) as refused:
            aws.client("ssm").send_command(InstanceIds=instances, DocumentName=name)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        assert "is not authorized to perform: ssm:SendCommand on resource" in str(refused.value)
        assert f":instance/{instance} because" in str(refused.value)

    tag(aws, instance, "hpc")
    sent = aws.client("ssm").send_command(InstanceIds=[instance], DocumentName=name)
    assert outcome(aws, sent["Command"]["CommandId"], instance)["Status"] == "Success"
    assert (folder / "touched").exists()
    assert not (aws.work / "hosts" / INSTANCE / "touched").exists()


def test_what_is_not_a_command_is_motos(aws: ControlPlane) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/changeover/hpc", Value="{}", Type="String")

    assert ssm.get_parameter(Name="/changeover/hpc")["Parameter"]["Value"] == "{}"
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/no/such")


# ── CodeBuild ─────────────────────────────────────────────────────────────────────────────────────


def project(aws: ControlPlane, name: str, spec: str) -> str:
    aws.client("codebuild").create_project(
        name=name,
        source={"type": "NO_SOURCE", "location": "none", "buildspec": spec},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "SITE", "value": "here"}],
        },
        serviceRole="arn:aws:iam::123456789012:role/build",
        timeoutInMinutes=5,
    )
    return name


def built(aws: ControlPlane, build: str) -> dict[str, Any]:
    for _ in range(1200):
        (seen,) = aws.client("codebuild").batch_get_builds(ids=[build])["builds"]
        if seen["buildComplete"]:
            return dict(seen)
        time.sleep(0.05)
    raise AssertionError(f"{build} does not end")


def start(aws: ControlPlane, name: str, **override: str) -> str:
    given = [{"name": key, "value": value} for key, value in override.items()]
    started = aws.client("codebuild").start_build(
        projectName=name, environmentVariablesOverride=given
    )
    return str(started["build"]["id"])


def build_log(aws: ControlPlane, build: str) -> str:
    return (aws.work / "builds" / f"{build.split(':')[1]}.log").read_text()


def test_a_build_runs_its_phases_with_one_state(aws: ControlPlane) -> None:
    name = project(
        aws,
        "whole",
        """
        version: 0.2
        env:
          variables: {FLAVOUR: plain, SITE: nowhere}
          exported-variables: [RESULT]
        phases:
          pre_build:
            commands:
              - mkdir deep && cd deep
              - export HALF="$SITE $FLAVOUR"
          build:
            commands:
              - export RESULT="$HALF in $(basename "$PWD")"
              - echo "built $RESULT with $CODEBUILD_BUILD_ID"
              - aws sts get-caller-identity --query Account
        """,
    )

    seen = built(aws, start(aws, name, FLAVOUR="vanilla"))

    assert seen["buildStatus"] == "SUCCEEDED"
    assert seen["currentPhase"] == "COMPLETED"
    assert seen["exportedEnvironmentVariables"] == [
        {"name": "RESULT", "value": "here vanilla in deep"}
    ]
    assert "123456789012" in build_log(aws, seen["id"])
    assert [phase["phaseType"] for phase in seen["phases"]] == [
        *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"),
        *("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"),
        *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
    ]


def test_a_command_that_fails_ends_its_phase_and_post_build_still_runs(aws: ControlPlane) -> None:
    name = project(
        aws,
        "failing",
        """
        version: 0.2
        phases:
          build:
            commands: ["echo one", "(exit 4)", "echo never"]
          post_build:
            commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"']
        """,
    )

    seen = built(aws, start(aws, name))

    phases = {phase["phaseType"]: phase for phase in seen["phases"]}
    assert seen["buildStatus"] == "FAILED"
    assert phases["BUILD"]["phaseStatus"] == "FAILED"
    assert phases["BUILD"]["contexts"] == [
        {
            "statusCode": "COMMAND_EXECUTION_ERROR",
            "message": "Error while executing command: (exit 4). Reason: exit status 4",
        }
    ]
    assert "never" not in build_log(aws, seen["id"])
    assert "succeeding: 0" in build_log(aws, seen["id"])


def test_a_failure_before_the_build_phase_ends_the_build(aws: ControlPlane) -> None:
    name = project(
        aws,
        "early",
        """
        version: 0.2
        phases:
          install: {commands: ["set -e", "false"]}
          build: {commands: ["echo built"]}
          post_build: {commands: ["echo after"]}
        """,
    )

    seen = built(aws, start(aws, name))

    assert seen["buildStatus"] == "FAILED"
    assert build_log(aws, seen["id"]) == ""


def test_a_build_can_be_stopped(aws: ControlPlane) -> None:
    name = project(aws, "long", "{version: 0.2, phases: {build: {commands: [sleep 60]}}}")
    build = start(aws, name)

    aws.client("codebuild").stop_build(id=build)

    assert built(aws, build)["buildStatus"] == "STOPPED"


def test_the_same_token_starts_the_same_build(aws: ControlPlane) -> None:
    name = project(aws, "once", "{version: 0.2, phases: {build: {commands: ['true']}}}")
    codebuild = aws.client("codebuild")

    ids = {
        codebuild.start_build(projectName=name, idempotencyToken="run-1")["build"]["id"]
        for _ in range(2)
    }

    assert len(ids) == 1
    with pytest.raises(codebuild.exceptions.ResourceNotFoundException):
        codebuild.start_build(projectName="no-such")
