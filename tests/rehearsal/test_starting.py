"""Executions that a person or an event starts on the whole deployed app, and their effects."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal import account
from rehearsal.account import CLUSTER
from rehearsal.actors.population import gather
from rehearsal.options import read_options
from rehearsal.outcome import observations
from rehearsal.outcome.leaks import leaks, places
from rehearsal.outcome.leftovers import left_over
from rehearsal.outcome.secrets import Secrets
from rehearsal.stage import LIVE, Stage
from tests.support.wait_for import LONGEST_SECONDS, eventually


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    # It contains unix sockets, whose paths must be short.
    work = tmp_path_factory.mktemp("s")
    options = read_options(["--users", "20"], {})
    with Stage(work, options.scenario, gather(options, work), lambda _: None) as stage:
        yield stage


def started(stage: Stage, text: str, machine: str = "") -> dict[str, Any]:
    """Start an execution as the console does, an upgrade by default, and return its end."""
    steps = stage.aws.client("stepfunctions")
    machine = machine or stage.outputs["UpgradeStateMachineArn"]
    execution = steps.start_execution(stateMachineArn=machine, input=text)["executionArn"]
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        described: dict[str, Any] = steps.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.1)
    raise TimeoutError(execution)


BAD_INPUTS = {
    "[]": ["the input is a list; it must be an object"],
    '"upgrade"': ["the input is a string; it must be an object"],
    '{"relaese": "hpc-r2"}': ["relaese: no such field; known fields are cluster, release, image"],
    '{"release": "hpc-green"}': ["release: 'hpc-green'"],
    '{"release": "other-r2"}': ["release: other-r2 is not a release name of hpc"],
    '{"release": "hpc-r1"}': ["release: hpc-r1 was used before"],
    '{"cluster": "nobody"}': ["nobody"],
    '{"image": "ami-0123456789abcdef0"}': ["image: ami-0123456789abcdef0 does not exist"],
    '{"release": "x", "image": "ami-0123456789abcdef0", "a": 1}': [
        *("a: no such field", "release: 'x'", "image: ami-0123456789abcdef0 does not exist")
    ],
}


def test_a_bad_input_is_refused_with_every_reason(stage: Stage) -> None:
    """One test for all cases: with a test for each, several processes would prepare a stage."""
    for text, reasons in BAD_INPUTS.items():
        ended = started(stage, text)
        assert (ended["status"], ended["error"]) == ("FAILED", "Refused"), text
        assert ended["cause"].startswith("Nothing was changed."), text
        for reason in reasons:
            assert reason in ended["cause"], text
        assert observations.lock(stage) == "free", text
        assert observations.live_release(stage) == LIVE, text
        assert not left_over(stage), text


def test_adopting_what_does_not_exist_is_refused_and_adopting_live_again_is_not(
    stage: Stage,
) -> None:
    adopt = stage.outputs["AdoptReleaseFunctionName"]
    with pytest.raises(RuntimeError, match="Refused: nobody cannot be adopted"):
        stage.invoke(adopt, {"stack": "nobody"})
    assert stage.invoke(adopt, {"stack": LIVE}) == stage.adopted


def test_a_secret_in_the_bucket_or_in_a_parameter_is_found(stage: Stage, tmp_path: Path) -> None:
    hidden = Secrets(frozenset({"Spring#2021"}))
    assert leaks(places(stage, [], tmp_path), hidden) == []
    bucket, key, name = stage.outputs["EvidenceBucketName"], "runs/x/told.json", "/changeover/hpc/x"
    stage.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=b"it is Spring#2021")
    stage.aws.client("ssm").put_parameter(Name=name, Value="Spring#2021", Type="String")
    assert leaks(places(stage, [], tmp_path), hidden) == [key, name]
    stage.aws.client("s3").delete_object(Bucket=bucket, Key=key)
    stage.aws.client("ssm").delete_parameter(Name=name)


@pytest.fixture
def by_hand(stage: Stage) -> Iterator[None]:
    """Images are announced, and start no upgrade."""
    ssm, name = stage.aws.client("ssm"), f"/changeover/{CLUSTER}"
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    settings = json.loads(before)
    settings["images"]["policy"] = "manual"
    ssm.put_parameter(Name=name, Value=json.dumps(settings), Type="String", Overwrite=True)
    yield
    ssm.put_parameter(Name=name, Value=before, Type="String", Overwrite=True)
    (stage.work / "images/pipeline.json").unlink()


def build_image(stage: Stage, **switches: Any) -> str:
    """Run the pipeline as its schedule does. Return the image's ARN when it is available."""
    (stage.work / "images/pipeline.json").write_text(json.dumps(switches))
    builder = stage.aws.client("imagebuilder")
    pipeline = account.configuration(stage.aws).images.pipeline
    arn = builder.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]

    def available() -> bool:
        state = builder.get_image(imageBuildVersionArn=arn)["image"]["state"]
        return bool(state["status"] == "AVAILABLE")

    eventually(available)
    return str(arn)


def announcements(stage: Stage) -> list[str]:
    mails = [json.loads(path.read_text()) for path in sorted(stage.inbox.glob("*.json"))]
    return [
        mail["message"] for mail in mails if mail["subject"] == "hpc: a newer image is available"
    ]


def looks(stage: Stage) -> list[dict[str, Any]]:
    """Return the executions of the refresh machine."""
    machine = stage.outputs["RefreshImageStateMachineArn"]
    listed = stage.aws.client("stepfunctions").list_executions(stateMachineArn=machine)
    return list(listed["executions"])


def decisions(stage: Stage) -> list[str]:
    """Return the logged decision about each handled event."""
    log = stage.work / "logs/changeover-hpc-handle-image-event.log"
    written = (line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n"))
    return [json.loads(line)["decision"] for line in written if '"decision"' in line]


@pytest.mark.usefixtures("by_hand")
def test_a_storm_of_events_is_one_look_and_one_mail(stage: Stage) -> None:
    build_image(stage, repeat=100)
    eventually(lambda: len(announcements(stage)) == 1)
    eventually(lambda: len(decisions(stage)) >= 200)
    # Two at the same moment may both log a start: Step Functions treats the second as the first.
    assert "duplicate" in decisions(stage)
    assert len(looks(stage)) == len(announcements(stage)) == 1


@pytest.mark.usefixtures("by_hand")
def test_an_image_whose_event_was_lost_is_found_by_reconcile(stage: Stage) -> None:
    before, told = len(looks(stage)), len(announcements(stage))
    build = build_image(stage, silent=True)
    assert len(looks(stage)) == before
    reconcile = stage.outputs["ReconcileFunctionName"]
    found = stage.invoke(reconcile, {})
    assert found["started"] == [f"{build} is being checked: no event reported it"]
    assert found["findings"] == []
    eventually(lambda: len(announcements(stage)) == told + 1)
    assert stage.invoke(reconcile, {})["started"] == []
    assert len(looks(stage)) == before + 1


def test_whoever_starts_the_refresh_machine_gets_an_upgrade_on_a_new_image(stage: Stage) -> None:
    steps = stage.aws.client("stepfunctions")
    machine = stage.outputs["RefreshImageStateMachineArn"]
    ended = started(stage, "{}", machine)
    assert ended["status"] == "SUCCEEDED", ended
    plan: dict[str, Any] = {}
    deadline = time.monotonic() + LONGEST_SECONDS
    while not plan and time.monotonic() < deadline:
        found = steps.list_executions(
            stateMachineArn=stage.outputs["UpgradeStateMachineArn"], statusFilter="RUNNING"
        )["executions"]
        for each in found:
            plan = observations.last_output(
                observations.history(stage, each["executionArn"]), "Plan Upgrade"
            )
        time.sleep(0.2)
    assert len(found) == 1
    described = stage.aws.client("ec2").describe_images(ImageIds=[plan["image"]])["Images"][0]
    assert {"Key": "changeover:in-use", "Value": CLUSTER} in described["Tags"]
    pointer = f"/changeover/{CLUSTER}/image/next"
    assert (
        stage.aws.client("ssm").get_parameter(Name=pointer)["Parameter"]["Value"] == (plan["image"])
    )
