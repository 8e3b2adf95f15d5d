"""The rehearsal's Image Builder builds images, sends events, and fails on demand."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.control_plane import ControlPlane
from rehearsal.control_plane.image_builder import events
from tests.support.wait_for import eventually

ARNS = "arn:aws:imagebuilder:us-east-1:123456789012"
PIPELINE = f"{ARNS}:image-pipeline/changeover-hpc-scheduler"
IMAGES = f"{ARNS}:image/changeover-hpc-scheduler/1.0.0/"
QUICK = {"state_seconds": 0.05}
STATE_CHANGE = "EC2 Image Builder Image State Change"
ENDED = {"AVAILABLE", "FAILED"}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        yield plane


@pytest.fixture
def heard(aws: ControlPlane, request: pytest.FixtureRequest) -> Iterator["Heard"]:
    """Return the events that reached the target of a rule for all image events."""
    listener = Heard(aws, request.node.name.replace("[", "-").replace("]", ""))
    yield listener
    listener.stop()


class Heard:
    def __init__(self, aws: ControlPlane, name: str, **more: Any) -> None:
        self._sqs, self._events, self._name = aws.client("sqs"), aws.client("events"), name
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        # Through an SNS topic: moto leaves out the account if a rule sends to a queue directly.
        topic = aws.client("sns").create_topic(Name=name)["TopicArn"]
        aws.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{name}",
            Attributes={"RawMessageDelivery": "true"},
        )
        pattern = json.dumps({"source": ["aws.imagebuilder", "aws.ec2"], **more})
        self._events.put_rule(Name=name, EventPattern=pattern)
        self._events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": topic}])
        self._seen: list[dict[str, Any]] = []

    def all(self) -> list[dict[str, Any]]:
        while messages := self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10
        ).get("Messages"):
            self._seen += [json.loads(message["Body"]) for message in messages]
        return self._seen

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.all() if event["detail-type"] == kind]

    def changes(self, build: str) -> list[dict[str, Any]]:
        return [each for each in self.of(STATE_CHANGE) if each["resources"] == [build]]

    def states(self, build: str) -> list[str]:
        return [change["detail"]["state"]["status"] for change in self.changes(build)]

    def scans(self, build: str) -> list[dict[str, Any]]:
        scans = self.of("EC2 Image Builder CVE Detected")
        return [each for each in scans if each["resources"][0] == build]

    def stop(self) -> None:
        self._events.remove_targets(Rule=self._name, Ids=["1"])
        self._events.delete_rule(Name=self._name)


def switch(aws: ControlPlane, **switches: Any) -> None:
    (aws.work / "images" / "pipeline.json").write_text(json.dumps(QUICK | switches))


def start(aws: ControlPlane, pipeline: str = PIPELINE, **more: Any) -> str:
    client = aws.client("imagebuilder")
    started = client.start_image_pipeline_execution(imagePipelineArn=pipeline, **more)
    return str(started["imageBuildVersionArn"])


def image(aws: ControlPlane, build: str) -> dict[str, Any]:
    return dict(aws.client("imagebuilder").get_image(imageBuildVersionArn=build)["image"])


def ended(aws: ControlPlane, build: str) -> dict[str, Any]:
    return eventually(
        lambda: seen if (seen := image(aws, build))["state"]["status"] in ENDED else {}
    )


def built(aws: ControlPlane, **switches: Any) -> dict[str, Any]:
    switch(aws, **switches)
    return ended(aws, start(aws))


def findings(aws: ControlPlane, build: str) -> list[dict[str, Any]]:
    answer = aws.client("imagebuilder").list_image_scan_finding_aggregations(
        filter={"name": "imageBuildVersionArn", "values": [build]}
    )
    return list(answer["responses"])


def pipeline_status(aws: ControlPlane) -> str:
    found = aws.client("imagebuilder").get_image_pipeline(imagePipelineArn=PIPELINE)
    return str(found["imagePipeline"]["status"])


# ── A build ───────────────────────────────────────────────────────────────────────────────────────


def test_a_build_is_told_of_state_by_state(aws: ControlPlane, heard: Heard) -> None:
    build = built(aws)["arn"]

    told = ["BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE"]
    assert eventually(lambda: heard.states(build)[3:]) == ["AVAILABLE"]
    assert heard.states(build) == told
    before = [each["detail"]["previous-state"]["status"] for each in heard.changes(build)]
    assert before == ["PENDING", *told[:3]]


def test_an_event_is_as_aws_sends_it(aws: ControlPlane, heard: Heard) -> None:
    started = datetime.now(UTC).replace(microsecond=0)
    build = built(aws)["arn"]

    (event,) = eventually(lambda: heard.changes(build)[3:])

    assert started <= datetime.fromisoformat(event["time"]) <= datetime.now(UTC)
    assert (event["source"], event["detail-type"]) == ("aws.imagebuilder", STATE_CHANGE)
    assert (event["account"], event["region"]) == ("123456789012", "us-east-1")
    assert event["version"] == "0"
    assert event["detail"] == {
        "previous-state": {"status": "DISTRIBUTING"},
        "state": {"status": "AVAILABLE"},
    }


def test_who_hears_of_an_available_image_finds_its_ami(aws: ControlPlane) -> None:
    rule = {"resources": [{"prefix": IMAGES}], "detail": {"state": {"status": ["AVAILABLE"]}}}
    heard = Heard(aws, "watched", **rule)
    others = Heard(aws, "others", **rule | {"resources": [{"prefix": IMAGES + "x"}]})
    switch(aws)
    build = start(aws)

    (event,) = eventually(lambda: heard.changes(build))
    found = image(aws, build)

    assert event["detail"]["state"]["status"] == "AVAILABLE"
    assert [ami["region"] for ami in found["outputResources"]["amis"]] == ["us-east-1"]
    assert others.all() == []
    heard.stop()
    others.stop()


def test_an_image_says_how_it_was_made(aws: ControlPlane) -> None:
    started = datetime.now(UTC)
    found = built(aws, os="Amazon Linux 2")

    number = found["arn"].removeprefix(IMAGES)
    assert (found["name"], found["version"]) == ("changeover-hpc-scheduler", f"1.0.0/{number}")
    assert (found["osVersion"], found["platform"]) == ("Amazon Linux 2", "Linux")
    assert (found["sourcePipelineArn"], found["buildType"]) == (PIPELINE, "USER_INITIATED")
    assert found["imageRecipe"]["arn"] == f"{ARNS}:image-recipe/changeover-hpc-scheduler/1.0.0"
    assert found["imageTestsConfiguration"]["imageTestsEnabled"] is True
    assert found["scanState"] == {"status": "COMPLETED"}
    made = datetime.fromisoformat(found["dateCreated"]).date()
    assert started.date() <= made <= datetime.now(UTC).date()


def test_its_ami_is_in_ec2_encrypted_and_names_its_origin(aws: ControlPlane) -> None:
    found = built(aws)
    (ami,) = found["outputResources"]["amis"]

    (image,) = aws.client("ec2").describe_images(ImageIds=[ami["image"]], Owners=["self"])["Images"]

    assert (image["Name"], image["OwnerId"]) == (ami["name"], ami["accountId"])
    assert image["Name"].startswith(f"changeover-hpc-scheduler {datetime.now(UTC).year}-")
    assert (image["State"], image["Architecture"]) == ("available", "x86_64")
    assert image["CreationDate"][:10] == found["dateCreated"][:10]
    assert image["SourceImageId"] == found["imageRecipe"]["parentImage"]
    (root,) = image["BlockDeviceMappings"]
    assert (root["DeviceName"], root["Ebs"]["Encrypted"]) == (image["RootDeviceName"], True)
    (snapshot,) = aws.client("ec2").describe_snapshots(SnapshotIds=[root["Ebs"]["SnapshotId"]])[
        "Snapshots"
    ]
    assert snapshot["Encrypted"] is True
    assert {"Key": "Ec2ImageBuilderArn", "Value": found["arn"]} in image["Tags"]


def test_ec2_tells_of_the_ami_before_the_image_is_available(
    aws: ControlPlane, heard: Heard
) -> None:
    found = built(aws)
    (ami,) = found["outputResources"]["amis"]
    arn = f"arn:aws:ec2:us-east-1::image/{ami['image']}"

    (available,) = eventually(lambda: heard.changes(found["arn"])[3:])

    (event,) = [each for each in heard.all() if each["resources"] == [arn]]
    assert (event["source"], event["detail-type"]) == ("aws.ec2", "EC2 AMI State Change")
    assert (event["detail"]["ImageId"], event["detail"]["State"]) == (ami["image"], "available")
    assert heard.all().index(event) < heard.all().index(available)


def test_builds_are_numbered_and_the_newest_is_listed_first(aws: ControlPlane) -> None:
    first, second = built(aws)["arn"], built(aws)["arn"]
    list_images = aws.client("imagebuilder").list_image_pipeline_images

    found = list_images(imagePipelineArn=PIPELINE)["imageSummaryList"]
    second_only = {"name": "version", "values": [found[0]["version"]]}

    numbers = [int(arn.removeprefix(IMAGES)) for arn in (first, second)]
    assert numbers[1] == numbers[0] + 1
    assert [image["arn"] for image in found[:2]] == [second, first]
    narrowed = list_images(imagePipelineArn=PIPELINE, filters=[second_only])["imageSummaryList"]
    assert [image["arn"] for image in narrowed] == [second]


def test_the_same_token_starts_the_same_build(aws: ControlPlane) -> None:
    switch(aws)

    builds = {start(aws, clientToken="run-1", tags={"run": "1"}) for _ in range(2)}

    (build,) = builds
    assert image(aws, build)["tags"] == {"run": "1"}
    assert start(aws, clientToken="run-2") != build


# ── What goes wrong ───────────────────────────────────────────────────────────────────────────────


def test_a_build_that_fails_says_why_and_leaves_no_ami(aws: ControlPlane, heard: Heard) -> None:
    found = built(aws, fails=True, reason="slapd does not answer")

    (told,) = eventually(lambda: heard.changes(found["arn"])[2:])

    failure = {"status": "FAILED", "reason": "slapd does not answer"}
    assert told["detail"] == {"previous-state": {"status": "TESTING"}, "state": failure}
    assert (found["state"], found["outputResources"]["amis"]) == (failure, [])
    assert found["scanState"]["status"] == "ABANDONED"
    assert findings(aws, found["arn"]) == []


def test_a_scan_counts_what_it_found_and_tells(aws: ControlPlane, heard: Heard) -> None:
    found = built(aws, critical=2, high=5, medium=9)

    counts = {"all": 16, "critical": 2, "high": 5, "medium": 9}
    assert findings(aws, found["arn"]) == [
        {"imageAggregation": {"imageBuildVersionArn": found["arn"], "severityCounts": counts}}
    ]
    (event,) = eventually(lambda: heard.scans(found["arn"]))
    assert event["resources"] == [found["arn"], PIPELINE]
    assert event["detail"]["finding-severity-counts"] == counts


@pytest.mark.parametrize("scan", ["TIMED_OUT", None])
def test_a_scan_that_did_not_end_counts_nothing(
    aws: ControlPlane, heard: Heard, scan: str | None
) -> None:
    found = built(aws, critical=2, scan=scan)

    eventually(lambda: heard.changes(found["arn"])[3:])
    assert found.get("scanState", {}).get("status") == scan
    assert found["imageScanningConfiguration"]["imageScanningEnabled"] is (scan is not None)
    assert findings(aws, found["arn"]) == []
    assert heard.scans(found["arn"]) == []


def test_a_silent_pipeline_builds_and_tells_nobody(aws: ControlPlane, heard: Heard) -> None:
    silent = built(aws, silent=True)
    loud = built(aws)["arn"]

    eventually(lambda: heard.states(loud)[3:])

    assert silent["state"] == {"status": "AVAILABLE"}
    told = json.dumps(heard.all())
    assert silent["arn"] not in told
    assert silent["outputResources"]["amis"][0]["image"] not in told


def test_a_storm_says_everything_many_times(aws: ControlPlane, heard: Heard) -> None:
    # More than PutEvents accepts at once, and not a multiple of it.
    build = built(aws, repeat=25)["arn"]

    eventually(lambda: heard.states(build)[99:])

    told = ["BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE"]
    assert heard.states(build) == [state for state in told for _ in range(25)]
    assert len({event["id"] for event in heard.changes(build)}) == 100


def test_an_image_can_lack_tests_encryption_and_the_right_processor(aws: ControlPlane) -> None:
    found = built(aws, tests=False, encrypted=False, architecture="arm64", os="Ubuntu 22")

    (ami,) = found["outputResources"]["amis"]
    (image,) = aws.client("ec2").describe_images(ImageIds=[ami["image"]])["Images"]
    assert found["imageTestsConfiguration"]["imageTestsEnabled"] is False
    assert found["osVersion"] == "Ubuntu 22"
    assert image["Architecture"] == "arm64"
    assert image["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is False


def test_without_tests_no_build_is_testing(aws: ControlPlane, heard: Heard) -> None:
    build = built(aws, tests=False)["arn"]

    assert eventually(lambda: heard.states(build)[2:]) == ["AVAILABLE"]
    assert heard.states(build) == ["BUILDING", "DISTRIBUTING", "AVAILABLE"]


def test_a_target_that_cannot_be_reached_does_not_hold_up_a_build(aws: ControlPlane) -> None:
    rules, target = aws.client("events"), "arn:aws:states:us-east-1:123456789012:stateMachine:no"
    rules.put_rule(Name="broken", EventPattern='{"source": ["aws.imagebuilder"]}')
    rules.put_targets(Rule="broken", Targets=[{"Id": "1", "Arn": target}])
    try:
        assert built(aws)["state"] == {"status": "AVAILABLE"}
    finally:
        rules.remove_targets(Rule="broken", Ids=["1"])
        rules.delete_rule(Name="broken")


def test_a_switch_that_does_not_exist_starts_nothing(aws: ControlPlane) -> None:
    client = aws.client("imagebuilder")
    switch(aws, fail=True)

    with pytest.raises(
        client.exceptions.InvalidRequestException, match=r"pipeline\.json(?s:.)*\bfail\b"
    ):
        start(aws)
    switch(aws)


# ── Pipelines ─────────────────────────────────────────────────────────────────────────────────────


def test_a_pipeline_says_what_became_of_its_last_build(aws: ControlPlane) -> None:
    last = built(aws, fails=True)

    found = aws.client("imagebuilder").get_image_pipeline(imagePipelineArn=PIPELINE)
    pipeline = found["imagePipeline"]

    assert (pipeline["arn"], pipeline["status"]) == (PIPELINE, "ENABLED")
    assert (pipeline["dateLastRun"], pipeline["lastRunStatus"]) == (last["dateCreated"], "FAILED")
    assert pipeline["imageRecipeArn"] == last["imageRecipe"]["arn"]


def test_a_disabled_pipeline_says_so_and_still_builds_when_asked(
    aws: ControlPlane, heard: Heard
) -> None:
    client = aws.client("imagebuilder")
    switch(aws)

    events.pipeline_disabled(aws.client("events"), client, PIPELINE, failures=5)

    (event,) = eventually(
        lambda: heard.of("EC2 Image Builder Image Pipeline Automatically Disabled")
    )
    assert (event["resources"], event["detail"]) == ([PIPELINE], {"consecutive-failures": "5"})
    assert pipeline_status(aws) == "DISABLED"
    assert ended(aws, start(aws))["state"] == {"status": "AVAILABLE"}
    client.update_image_pipeline(
        imagePipelineArn=PIPELINE,
        infrastructureConfigurationArn=f"{ARNS}:infrastructure-configuration/hpc",
    )
    assert pipeline_status(aws) == "ENABLED"


def test_what_does_not_exist_is_not_found(aws: ControlPlane) -> None:
    client = aws.client("imagebuilder")
    unknown = f"{ARNS}:image-pipeline/other"

    with pytest.raises(client.exceptions.ResourceNotFoundException, match="does not exist"):
        start(aws, unknown)
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="does not exist"):
        client.get_image_pipeline(imagePipelineArn=unknown)
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="does not exist"):
        image(aws, f"{ARNS}:image/other/1.0.0/1")
    # As AWS documents it.
    assert client.list_image_pipeline_images(imagePipelineArn=unknown)["imageSummaryList"] == []


def test_a_pipeline_of_a_stack_builds_images_of_its_recipe(aws: ControlPlane) -> None:
    parent = aws.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    outputs = stack(aws, "images", parent)
    switch(aws)

    found = ended(aws, start(aws, outputs["Pipeline"]))

    assert outputs == {
        "Component": f"{ARNS}:component/soca-scheduler/2.0.1/1",
        "Recipe": f"{ARNS}:image-recipe/soca-recipe/2.1.0",
        "Infrastructure": f"{ARNS}:infrastructure-configuration/soca-hosts",
        "Distribution": f"{ARNS}:distribution-configuration/soca-here",
        "Lifecycle": f"{ARNS}:lifecycle-policy/soca-old-images",
        "Pipeline": f"{ARNS}:image-pipeline/soca-images",
        "PipelineArn": f"{ARNS}:image-pipeline/soca-images",
    }
    assert found["arn"] == f"{ARNS}:image/soca-recipe/2.1.0/1"
    assert (found["name"], found["sourcePipelineArn"]) == ("SOCA recipe", outputs["Pipeline"])
    (ami,) = found["outputResources"]["amis"]
    (made,) = aws.client("ec2").describe_images(ImageIds=[ami["image"]])["Images"]
    assert (made["SourceImageId"], found["imageRecipe"]["parentImage"]) == (parent, parent)


def test_a_pipeline_leaves_with_its_stack(aws: ControlPlane) -> None:
    pipeline = stack(aws, "short", "ami-0123456789abcdef0", name="Short-lived")["Pipeline"]
    aws.client("cloudformation").delete_stack(StackName="short")

    client = aws.client("imagebuilder")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        start(aws, pipeline)


def test_a_recipe_that_no_stack_made_names_the_images_too(aws: ControlPlane) -> None:
    recipe = f"{ARNS}:image-recipe/elsewhere/3.0.0"
    pipeline = stack(aws, "foreign", "ami-0123456789abcdef0", "Foreign", recipe)["Pipeline"]
    switch(aws)

    assert start(aws, pipeline) == f"{ARNS}:image/elsewhere/3.0.0/1"


def stack(
    aws: ControlPlane, stack_name: str, parent: str, name: str = "SOCA images", recipe: str = ""
) -> dict[str, str]:
    def made(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::ImageBuilder::{kind}", "Properties": properties}

    def ref(logical_id: str) -> dict[str, str]:
        return {"Ref": logical_id}

    resources = {
        "Component": made(
            "Component", Name="SOCA scheduler", Version="2.0.1", Platform="Linux", Data="{}"
        ),
        "Recipe": made(
            "ImageRecipe",
            Name="SOCA recipe",
            Version="2.1.0",
            ParentImage=parent,
            Components=[{"ComponentArn": ref("Component")}],
        ),
        "Infrastructure": made(
            "InfrastructureConfiguration", Name="SOCA hosts", InstanceProfileName="builder"
        ),
        "Distribution": made(
            "DistributionConfiguration", Name="SOCA here", Distributions=[{"Region": "us-east-1"}]
        ),
        "Lifecycle": made("LifecyclePolicy", Name="SOCA old images", ResourceType="AMI_IMAGE"),
        "Pipeline": made(
            "ImagePipeline",
            Name=name,
            ImageRecipeArn=recipe or ref("Recipe"),
            InfrastructureConfigurationArn=ref("Infrastructure"),
            DistributionConfigurationArn=ref("Distribution"),
        ),
    }
    outputs = {logical_id: {"Value": ref(logical_id)} for logical_id in resources}
    outputs["PipelineArn"] = {"Value": {"Fn::GetAtt": ["Pipeline", "Arn"]}}
    body = json.dumps({"Resources": resources, "Outputs": outputs})
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=stack_name, TemplateBody=body)
    (stack,) = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


# ── Images described by hand, and events told by hand ─────────────────────────────────────────────


def test_an_image_described_by_hand_can_be_looked_up(aws: ControlPlane) -> None:
    arn = f"{ARNS}:image/hpc/1.0.0/1"
    made = {"region": "us-east-1", "image": "ami-0123456789abcdef0"}
    described: dict[str, Any] = {"arn": arn, "outputResources": {"amis": [made]}}
    file = aws.work / "images" / "hpc.json"
    file.write_text(json.dumps(described))

    assert image(aws, arn)["outputResources"]["amis"] == [made]
    assert findings(aws, arn) == []
    counts = {"all": 1, "critical": 1, "high": 0, "medium": 0}
    file.write_text(json.dumps(described | {"scanFindings": counts}))
    (found,) = findings(aws, arn)
    assert found["imageAggregation"]["severityCounts"] == counts


def test_a_build_takes_no_number_that_was_given_by_hand(aws: ControlPlane) -> None:
    last = int(built(aws)["arn"].removeprefix(IMAGES))
    arn = f"{IMAGES}{last + 7}"
    file = aws.work / "images" / "later.json"
    file.write_text(json.dumps({"arn": arn, "sourcePipelineArn": PIPELINE}))
    listed = aws.client("imagebuilder").list_image_pipeline_images(imagePipelineArn=PIPELINE)

    assert arn in [each["arn"] for each in listed["imageSummaryList"]]
    assert start(aws) == f"{IMAGES}{last + 8}"


def test_findings_and_amis_can_be_told_of_later(aws: ControlPlane, heard: Heard) -> None:
    bus = aws.client("events")
    build = f"{ARNS}:image/elsewhere/1.0.0/1"
    counts = {"all": 1, "critical": 1, "high": 0, "medium": 0}

    def told_of(ami: str) -> list[dict[str, Any]]:
        return [each for each in heard.all() if each["detail"].get("ImageId") == ami]

    events.cve_detected(bus, build, PIPELINE, counts)
    events.ami_state(bus, "ami-0123456789abcdef0", "deregistered")

    (gone,) = eventually(lambda: told_of("ami-0123456789abcdef0"))
    (found,) = heard.scans(build)
    assert found["detail"]["finding-severity-counts"] == counts
    assert found["detail"]["resource-id"].startswith("i-")
    assert set(gone["detail"]) == {"RequestId", "ImageId", "State", "ErrorMessage"}
    assert gone["detail"]["State"] == "deregistered"


# ── The end ───────────────────────────────────────────────────────────────────────────────────────


def test_a_build_on_its_way_ends_with_the_control_plane(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with ControlPlane(tmp_path_factory.mktemp("short")) as plane:
        switch(plane, state_seconds=600)
        build = start(plane)
        eventually(lambda: image(plane, build)["state"]["status"] == "BUILDING")
        started = time.monotonic()
    assert time.monotonic() - started < 20
    assert "Traceback" not in (plane.work / "control-plane.log").read_text()
