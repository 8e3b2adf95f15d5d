"""Machine images, in memory and in EC2; Image Builder answers from a stub."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.images import IN_USE, AwsImages
from changeover.errors import Refused, Transient
from changeover.neighbours import Image, ImageBuild, Vulnerabilities
from changeover.ports import Images
from tests.fakes import FakeImages

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

NAME = "arn:aws:imagebuilder:us-east-1:111122223333:image/scheduler"
PIPELINE = NAME.replace(":image/", ":image-pipeline/")
BUILD = f"{NAME}/1.0.0/1"
UNKNOWN, HERE = "ami-0fedcba9876543210", "ami-0123456789abcdef0"
BASE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def on_aws(aws: boto3.Session, cluster: str = "hpc") -> AwsImages:
    clients = (aws.client(name) for name in ("ec2", "imagebuilder", "ssm"))
    return AwsImages(*clients, cluster)


@pytest.fixture
def images(kind: str, aws: boto3.Session, image: str) -> Images:
    if kind == "memory":
        return FakeImages(images={image: Image(image, "available", "scheduler")})
    return on_aws(aws)


# What EC2 knows


def test_an_image_is_described_by_state_and_name(images: Images, image: str) -> None:
    found = images.describe(image)
    assert found is not None
    assert (found.image, found.state, found.name) == (image, "available", "scheduler")


@pytest.mark.parametrize("unknown", [UNKNOWN, "ami-nonsense"])
def test_an_image_that_does_not_exist_is_none(images: Images, unknown: str) -> None:
    assert images.describe(unknown) is None


def test_a_base_that_no_parameter_names_is_none(images: Images) -> None:
    assert images.newest_base("/aws/service/ami-amazon-linux-latest/none") is None


def test_the_newest_base_is_what_the_public_parameter_names() -> None:
    ssm = boto3.client("ssm")
    with Stubber(ssm) as stubber:
        answer = {"Parameter": {"Name": BASE_PARAMETER, "Value": HERE}}
        stubber.add_response("get_parameter", answer, {"Name": BASE_PARAMETER})
        images = AwsImages(boto3.client("ec2"), boto3.client("imagebuilder"), ssm, "hpc")
        assert images.newest_base(BASE_PARAMETER) == HERE


def described(**told: Any) -> Image:
    ec2 = boto3.client("ec2")
    answer = {"Images": [{"ImageId": HERE, "State": "available"} | told]}
    with Stubber(ec2) as stubber:
        stubber.add_response("describe_images", answer, {"ImageIds": [HERE]})
        found = AwsImages(ec2, boto3.client("imagebuilder"), boto3.client("ssm"), "hpc").describe(
            HERE
        )
    assert found
    return found


def test_everything_is_told_that_an_image_is_judged_on() -> None:
    assert described(
        Name="scheduler",
        CreationDate="2026-03-01T12:00:00.000Z",
        OwnerId="111122223333",
        Architecture="arm64",
        Public=True,
        SourceImageId=UNKNOWN,
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}],
    ) == Image(
        image=HERE,
        state="available",
        name="scheduler",
        created=datetime(2026, 3, 1, 12, tzinfo=UTC),
        owner="111122223333",
        architecture="arm64",
        encrypted=True,
        public=True,
        base=UNKNOWN,
    )


def test_what_ec2_does_not_tell_is_unknown_and_no_disk_is_not_encrypted() -> None:
    assert described() == Image(HERE, "available")


@pytest.mark.parametrize(
    ("disks", "encrypted"),
    [
        ([{"Encrypted": True}, {"Encrypted": True}], True),
        ([{"Encrypted": True}, {"Encrypted": False}], False),
        ([{"Encrypted": True}, {}], False),
        ([], False),
    ],
)
def test_an_image_is_encrypted_if_all_its_disks_are(
    disks: list[dict[str, bool]], encrypted: bool
) -> None:
    mapped = [{"DeviceName": f"/dev/xvd{n}", "Ebs": disk} for n, disk in enumerate(disks)]
    ephemeral = {"DeviceName": "/dev/xvdz", "VirtualName": "ephemeral0"}
    found = described(BlockDeviceMappings=[*mapped, ephemeral])
    assert found.encrypted is encrypted


# What is in use


def registered(ec2: "EC2Client", name: str) -> str:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}
    return ec2.register_image(Name=name, BlockDeviceMappings=[disk])["ImageId"]


def marks(ec2: "EC2Client") -> dict[str, str]:
    found = ec2.describe_images(Filters=[{"Name": "tag-key", "Values": [IN_USE]}])["Images"]
    return {
        each["ImageId"]: tag["Value"]
        for each in found
        for tag in each["Tags"]
        if tag["Key"] == IN_USE
    }


def test_just_the_images_in_use_are_marked(aws: boto3.Session) -> None:
    ec2 = aws.client("ec2")
    old, live, following = (registered(ec2, name) for name in ("old", "live", "following"))
    images = on_aws(aws)
    images.mark_in_use({old, live})
    assert marks(ec2) == {old: "hpc", live: "hpc"}
    for _ in range(2):
        images.mark_in_use({live, following})
        assert marks(ec2) == {live: "hpc", following: "hpc"}
    images.mark_in_use(set())
    assert marks(ec2) == {}


def test_another_clusters_images_stay_marked(aws: boto3.Session) -> None:
    ec2 = aws.client("ec2")
    ours, theirs = registered(ec2, "ours"), registered(ec2, "theirs")
    on_aws(aws, "lab").mark_in_use({theirs})
    on_aws(aws).mark_in_use({ours})
    on_aws(aws).mark_in_use(set())
    assert marks(ec2) == {theirs: "lab"}


def test_other_tags_stay(aws: boto3.Session, image: str) -> None:
    ec2 = aws.client("ec2")
    ec2.create_tags(Resources=[image], Tags=[{"Key": "Name", "Value": "scheduler"}])
    on_aws(aws).mark_in_use({image})
    on_aws(aws).mark_in_use(set())
    (found,) = ec2.describe_images(ImageIds=[image])["Images"]
    assert found["Tags"] == [{"Key": "Name", "Value": "scheduler"}]


def test_an_image_that_is_gone_keeps_no_other_from_being_marked(
    aws: boto3.Session, image: str
) -> None:
    on_aws(aws).mark_in_use({"ami-00000000000000000", image, UNKNOWN})
    assert marks(aws.client("ec2")) == {image: "hpc"}


def test_the_twin_marks_just_what_is_in_use() -> None:
    images = FakeImages()
    images.mark_in_use({HERE, UNKNOWN})
    images.mark_in_use({HERE})
    assert images.in_use == {HERE}


# What Image Builder knows


@dataclass
class ImageBuilder:
    images: Images
    stubber: Stubber

    def built(self, status: str = "AVAILABLE", **told: Any) -> ImageBuild:
        answer = {"image": {"state": {"status": status}, **told}}
        self.stubber.add_response("get_image", answer, {"imageBuildVersionArn": BUILD})
        return self.images.build(BUILD)

    def scanned(self, *responses: dict[str, Any]) -> ImageBuild:
        image = {"state": {"status": "AVAILABLE"}, "scanState": {"status": "COMPLETED"}}
        asked = {"imageBuildVersionArn": BUILD}
        self.stubber.add_response("get_image", {"image": image}, asked)
        self.stubber.add_response(
            "list_image_scan_finding_aggregations",
            {"responses": list(responses)},
            {"filter": {"name": "imageBuildVersionArn", "values": [BUILD]}},
        )
        return self.images.build(BUILD)

    def lists(self, page: list[dict[str, Any]], token: str = "", following: str = "") -> None:
        asked = {"imagePipelineArn": PIPELINE} | ({"nextToken": token} if token else {})
        answer = {"imageSummaryList": page} | ({"nextToken": following} if following else {})
        self.stubber.add_response("list_image_pipeline_images", answer, asked)


@pytest.fixture
def image_builder() -> Iterator[ImageBuilder]:
    client = boto3.client("imagebuilder")
    images = AwsImages(boto3.client("ec2"), client, boto3.client("ssm"), "hpc")
    with Stubber(client) as stubber:
        yield ImageBuilder(images, stubber)
        stubber.assert_no_pending_responses()


def test_a_build_is_described_whole(image_builder: ImageBuilder) -> None:
    amis = [{"region": "eu-west-1", "image": UNKNOWN}, {"region": "us-east-1", "image": HERE}]
    assert image_builder.built(
        "FAILED",
        state={"status": "FAILED", "reason": "No room."},
        outputResources={"amis": amis},
        imageRecipe={"version": "1.2.0"},
        osVersion="Amazon Linux 2",
        imageTestsConfiguration={"imageTestsEnabled": True},
        scanState={"status": "SCANNING"},
    ) == ImageBuild(
        arn=BUILD,
        status="FAILED",
        reason="No room.",
        image=HERE,
        recipe="1.2.0",
        operating_system="Amazon Linux 2",
        tested=True,
        scan="SCANNING",
    )


def test_what_image_builder_does_not_tell_is_not_taken_for_good(
    image_builder: ImageBuilder,
) -> None:
    assert image_builder.built() == ImageBuild(BUILD, "AVAILABLE")


@pytest.mark.parametrize(
    "amis", [[], [{"region": "eu-west-1", "image": UNKNOWN}], [{"region": "us-east-1"}]]
)
def test_a_build_may_have_no_image_here(
    image_builder: ImageBuilder, amis: list[dict[str, str]]
) -> None:
    assert image_builder.built(outputResources={"amis": amis}).image is None


def test_a_scan_that_is_complete_is_counted(image_builder: ImageBuilder) -> None:
    counts = {"all": 9, "critical": 1, "high": 2, "medium": 3}
    found = image_builder.scanned({"imageAggregation": {"severityCounts": counts}})
    assert found.vulnerabilities == Vulnerabilities(critical=1, high=2, medium=3)


@pytest.mark.parametrize(
    "responses", [[], [{"accountAggregation": {}}], [{"imageAggregation": {}}]]
)
def test_a_scan_without_counts_is_unknown_and_not_none(
    image_builder: ImageBuilder, responses: list[dict[str, Any]]
) -> None:
    assert image_builder.scanned(*responses).vulnerabilities is None


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidRequestException"])
def test_a_build_that_does_not_exist_is_refused(image_builder: ImageBuilder, code: str) -> None:
    image_builder.stubber.add_client_error("get_image", code)
    with pytest.raises(Refused, match=f"there is no image build {BUILD}"):
        image_builder.images.build(BUILD)


def test_image_builder_may_be_busy(image_builder: ImageBuilder) -> None:
    image_builder.stubber.add_client_error("get_image", "CallRateLimitExceededException")
    with pytest.raises(Transient):
        image_builder.images.build(BUILD)


def test_a_pipeline_is_run_with_a_token(image_builder: ImageBuilder) -> None:
    asked = {"imagePipelineArn": PIPELINE, "clientToken": "t" * 32}
    answer = {"imageBuildVersionArn": BUILD}
    image_builder.stubber.add_response("start_image_pipeline_execution", answer, asked)
    assert image_builder.images.start_build(PIPELINE, "t" * 32) == BUILD


def test_a_pipeline_that_does_not_exist_is_refused(image_builder: ImageBuilder) -> None:
    for call in ("start_image_pipeline_execution", "list_image_pipeline_images"):
        image_builder.stubber.add_client_error(call, "ResourceNotFoundException")
    with pytest.raises(Refused, match=f"{PIPELINE} cannot be run"):
        image_builder.images.start_build(PIPELINE, "t" * 32)
    with pytest.raises(Refused, match=f"there is no pipeline {PIPELINE}"):
        image_builder.images.newest_build(PIPELINE)


def summary(number: int, day: int, status: str = "AVAILABLE") -> dict[str, Any]:
    return {
        "arn": f"{NAME}/1.0.0/{number}",
        "dateCreated": f"2026-03-{day:02d}T12:00:00.000Z",
        "state": {"status": status},
    }


def test_the_newest_build_is_found_on_whatever_page_it_is(image_builder: ImageBuilder) -> None:
    image_builder.lists([summary(9, day=9), summary(10, day=10)], following="2")
    image_builder.lists([summary(12, day=12, status="FAILED")], token="2", following="3")
    image_builder.lists([summary(11, day=11), summary(2, day=2)], token="3")
    assert image_builder.images.newest_build(PIPELINE) == f"{NAME}/1.0.0/11"


@pytest.mark.parametrize("page", [[], [summary(1, day=1, status="BUILDING")], [{"arn": BUILD}]])
def test_a_pipeline_may_have_built_nothing_yet(
    image_builder: ImageBuilder, page: list[dict[str, Any]]
) -> None:
    image_builder.lists(page)
    assert image_builder.images.newest_build(PIPELINE) is None


def test_the_twin_knows_a_run_of_a_pipeline_by_its_token() -> None:
    images = FakeImages()
    build = images.start_build(PIPELINE, "token")
    assert images.start_build(PIPELINE, "token") == build
    assert images.start_build(PIPELINE, "other") != build
    assert images.build(build).status == "BUILDING"


def test_the_twins_newest_build_is_the_last_that_is_available() -> None:
    images = FakeImages()
    for number, status in ((9, "AVAILABLE"), (10, "AVAILABLE"), (11, "FAILED")):
        images.builds[f"{NAME}/1.0.0/{number}"] = ImageBuild(f"{NAME}/1.0.0/{number}", status)
    images.builds[f"{NAME}2/1.0.0/1"] = ImageBuild(f"{NAME}2/1.0.0/1", "AVAILABLE")
    assert images.newest_build(PIPELINE) == f"{NAME}/1.0.0/10"
    assert images.newest_build(f"{PIPELINE}3") is None


def test_the_twin_refuses_the_same() -> None:
    with pytest.raises(Refused, match=f"there is no image build {BUILD}"):
        FakeImages().build(BUILD)
