"""Machine images, in memory and in EC2; Image Builder answers from a stub."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.images import IN_USE, AwsImages
from changeover.errors import Conflict, Refused, Transient
from changeover.ports.services import Images
from changeover.ports.values import Image, ImageBuild, Vulnerabilities
from tests.support.fakes import FakeImages

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

NAME = "arn:aws:imagebuilder:us-east-1:111122223333:image/scheduler"
PIPELINE = NAME.replace(":image/", ":image-pipeline/")
BUILD = f"{NAME}/1.0.0/1"
UNKNOWN, HERE = "ami-0fedcba9876543210", "ami-0123456789abcdef0"
CLIENTS = ("ec2", "imagebuilder", "ssm", "inspector2")
BASE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def on_aws(aws: boto3.Session, cluster: str = "hpc") -> AwsImages:
    clients = (aws.client(name) for name in CLIENTS)
    return AwsImages(*clients, cluster)


def stubbed(**clients: Any) -> AwsImages:
    return AwsImages(*(clients.get(name) or boto3.client(name) for name in CLIENTS), "hpc")


@pytest.fixture
def images(kind: str, aws: boto3.Session, image: str) -> Images:
    if kind == "memory":
        return FakeImages(images={image: Image(image, "available", "scheduler")})
    return on_aws(aws)


# EC2


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
        assert stubbed(ssm=ssm).newest_base(BASE_PARAMETER) == HERE


def described(**told: Any) -> Image:
    ec2 = boto3.client("ec2")
    answer = {"Images": [{"ImageId": HERE, "State": "available"} | told]}
    with Stubber(ec2) as stubber:
        stubber.add_response("describe_images", answer, {"ImageIds": [HERE]})
        found = stubbed(ec2=ec2).describe(HERE)
    assert found
    return found


@pytest.mark.parametrize(("told", "tokens_only"), [({"ImdsSupport": "v2.0"}, True), ({}, False)])
def test_it_is_told_whether_an_image_answers_with_tokens_only(
    told: dict[str, str], tokens_only: bool
) -> None:
    assert described(**told).tokens_only is tokens_only


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


# Tags of images in use


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


MARKED = {"Filters": [{"Name": f"tag:{IN_USE}", "Values": ["hpc"]}]}
OURS = {"ImageIds": [HERE], "Owners": ["self"]}


def test_an_image_of_our_own_that_may_not_be_marked_is_for_a_person() -> None:
    ec2 = boto3.client("ec2")
    with Stubber(ec2) as stubber:
        stubber.add_response("describe_images", {"Images": []}, MARKED)
        stubber.add_response("describe_images", {"Images": [{"ImageId": HERE}]}, OURS)
        stubber.add_client_error("create_tags", "UnauthorizedOperation")
        with pytest.raises(Conflict, match="not allowed to call CreateTags"):
            stubbed(ec2=ec2).mark_in_use({HERE})


def test_an_image_of_somebody_else_is_not_marked() -> None:
    ec2 = boto3.client("ec2")
    with Stubber(ec2) as stubber:
        stubber.add_response("describe_images", {"Images": []}, MARKED)
        stubber.add_response("describe_images", {"Images": []}, OURS)
        stubbed(ec2=ec2).mark_in_use({HERE})
        stubber.assert_no_pending_responses()


def test_the_twin_marks_just_what_is_in_use() -> None:
    images = FakeImages()
    images.mark_in_use({HERE, UNKNOWN})
    images.mark_in_use({HERE})
    assert images.in_use == {HERE}


# Image Builder


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
    with Stubber(client) as stubber:
        yield ImageBuilder(stubbed(imagebuilder=client), stubber)
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


@pytest.mark.parametrize(
    ("reason", "lost"),
    [
        ("Internal service error. Try again later.", True),
        ("An InternalFailure occurred when calling the RunInstances operation", True),
        ("Server.InternalError: Internal error on launch", True),
        ("We currently do not have sufficient m5.large capacity in the Availability Zone", True),
        ("InsufficientInstanceCapacity", True),
        ("Rate exceeded", True),
        ("The instance's SSM agent shows PingStatus ConnectionLost", True),
        ("Document build failed: exit status 1", False),
        ("Workflow timed out after 3600 s", False),
        ("The test component found no CUDA", False),
        ("Access denied: not authorized to perform ssm:SendCommand", False),
    ],
)
def test_an_image_that_aws_lost_is_told_from_one_that_failed(
    image_builder: ImageBuilder, reason: str, lost: bool
) -> None:
    built = image_builder.built("FAILED", state={"status": "FAILED", "reason": reason})
    assert built.lost is lost


def test_a_build_that_was_stopped_is_not_lost(image_builder: ImageBuilder) -> None:
    state = {"status": "CANCELLED", "reason": "Rate exceeded"}
    assert not image_builder.built("CANCELLED", state=state).lost


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


THEIRS = {"region": "us-east-1", "image": UNKNOWN, "accountId": "444455556666"}
OURS_ELSEWHERE = {"region": "eu-west-1", "image": UNKNOWN, "accountId": "111122223333"}
OWN = {"region": "us-east-1", "image": HERE, "accountId": "111122223333"}


@pytest.mark.parametrize(
    "amis",
    [
        [THEIRS, OURS_ELSEWHERE, OWN],
        [OWN, THEIRS],
        [THEIRS, {"region": "us-east-1", "image": HERE}],
        [OWN | {"image": UNKNOWN, "state": {"status": "FAILED"}}, OWN],
        [{"region": "us-east-1"}, OWN | {"state": {"status": "AVAILABLE"}}],
    ],
)
def test_of_copies_for_several_accounts_and_regions_our_own_is_taken(
    image_builder: ImageBuilder, amis: list[dict[str, Any]]
) -> None:
    assert image_builder.built(outputResources={"amis": amis}).image == HERE


def test_copies_for_other_accounts_only_are_no_image_of_ours(image_builder: ImageBuilder) -> None:
    assert image_builder.built(outputResources={"amis": [THEIRS, OURS_ELSEWHERE]}).image is None


def finding(severity: str, cve: str) -> dict[str, Any]:
    return {"severity": severity, "packageVulnerabilityDetails": {"vulnerabilityId": cve}}


def test_a_scans_cves_are_listed_from_every_page(image_builder: ImageBuilder) -> None:
    asked = {"filters": [{"name": "imageBuildVersionArn", "values": [BUILD]}]}
    stubber = image_builder.stubber
    first = {"findings": [finding("CRITICAL", "CVE-1"), finding("HIGH", "CVE-2")], "nextToken": "2"}
    stubber.add_response("list_image_scan_findings", first, asked)
    second = {"findings": [finding("CRITICAL", "CVE-3"), {"severity": "HIGH"}]}
    stubber.add_response("list_image_scan_findings", second, asked | {"nextToken": "2"})
    assert image_builder.images.cves_of(BUILD) == {
        "critical": {"CVE-1", "CVE-3"},
        "high": {"CVE-2"},
    }


def test_a_scan_that_lists_no_cve_is_not_one_without_any(image_builder: ImageBuilder) -> None:
    image_builder.stubber.add_response("list_image_scan_findings", {"findings": []})
    assert image_builder.images.cves_of(BUILD) is None


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


def page_of(versions: list[str], **more: str) -> dict[str, Any]:
    found = [{"arn": version, "owner": "111122223333"} for version in versions]
    return {"imageVersionList": found, **more}


def test_the_newest_build_of_a_prefix_is_found_whoever_built_it(
    image_builder: ImageBuilder,
) -> None:
    stubber, own = image_builder.stubber, {"owner": "Self"}
    stubber.add_response("list_images", page_of([f"{NAME}2/1.0.0"], nextToken="2"), own)
    versions = [f"{NAME}/1.0.0", f"{NAME}/1.1.0"]
    stubber.add_response("list_images", page_of(versions), own | {"nextToken": "2"})
    for version, days in zip(versions, ([9, 3], [8]), strict=True):
        builds = [summary(day, day) | {"arn": f"{version}/{day}"} for day in days]
        stubber.add_response(
            "list_image_build_versions",
            {"imageSummaryList": builds},
            {"imageVersionArn": version},
        )
    assert image_builder.images.newest_of(f"{NAME}/") == f"{NAME}/1.0.0/9"


@pytest.mark.parametrize("prefix", [f"{NAME}3/", f"{NAME}/1.0.1/"])
def test_of_a_prefix_there_may_be_no_build(image_builder: ImageBuilder, prefix: str) -> None:
    stubber = image_builder.stubber
    stubber.add_response("list_images", page_of([f"{NAME}/1.0.10"]), {"owner": "Self"})
    assert image_builder.images.newest_of(prefix) is None


# Inspector


MACHINE = "i-0123456789abcdef0"
ASKED = {
    "aggregationType": "AMI",
    "aggregationRequest": {"amiAggregation": {"amis": [{"comparison": "EQUALS", "value": HERE}]}},
}
COVERED = {
    "filterCriteria": {
        "resourceId": [{"comparison": "EQUALS", "value": MACHINE}],
        "scanStatusCode": [{"comparison": "EQUALS", "value": "ACTIVE"}],
    }
}


@pytest.fixture
def inspector() -> Iterator[Stubber]:
    with Stubber(boto3.client("inspector2")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def known_today(inspector: Stubber) -> Vulnerabilities | None:
    return stubbed(inspector2=inspector.client).found_today(HERE, MACHINE)


def aggregated(inspector: Stubber, *found: dict[str, Any]) -> None:
    answer = {"aggregationType": "AMI", "responses": [{"amiAggregation": each} for each in found]}
    inspector.add_response("list_finding_aggregations", answer, ASKED)


@pytest.mark.parametrize(
    ("machines", "found"),
    [
        ({}, Vulnerabilities(critical=1, high=6)),
        ({"affectedInstances": 0}, Vulnerabilities(critical=1, high=6)),
        ({"affectedInstances": 3}, Vulnerabilities(critical=1, high=2)),
    ],
)
def test_what_is_known_today_is_counted_for_one_machine(
    inspector: Stubber, machines: dict[str, int], found: Vulnerabilities
) -> None:
    counts = {"all": 9, "critical": 1, "high": 6}
    aggregated(inspector, {"ami": HERE, "severityCounts": counts, **machines})
    assert known_today(inspector) == found


@pytest.mark.parametrize(
    ("covered", "found"), [([{"resourceId": MACHINE}], Vulnerabilities()), ([], None)]
)
def test_no_findings_are_none_on_a_machine_that_is_watched_and_unknown_on_another(
    inspector: Stubber, covered: list[dict[str, str]], found: Vulnerabilities | None
) -> None:
    aggregated(inspector)
    kinds = {"accountId": "111122223333", "resourceType": "AWS_EC2_INSTANCE", "scanType": "PACKAGE"}
    answer = {"coveredResources": [each | kinds for each in covered]}
    inspector.add_response("list_coverage", answer, COVERED)
    assert known_today(inspector) == found


def test_where_inspector_is_switched_off_nobody_knows(inspector: Stubber) -> None:
    inspector.add_client_error("list_finding_aggregations", "AccessDeniedException")
    assert known_today(inspector) is None


LISTED = {
    "filterCriteria": {
        "ec2InstanceImageId": [{"comparison": "EQUALS", "value": HERE}],
        "findingStatus": [{"comparison": "EQUALS", "value": "ACTIVE"}],
    }
}


def listed(severity: str, cve: str) -> dict[str, Any]:
    told: dict[str, Any]
    machine = {"id": MACHINE, "type": "AWS_EC2_INSTANCE"}
    told = {"description": cve, "findingArn": f"arn:{cve}", "remediation": {}}
    told |= {"resources": [machine]}
    told |= {"awsAccountId": "111122223333", "status": "ACTIVE", "type": "PACKAGE_VULNERABILITY"}
    told |= {"firstObservedAt": 0, "lastObservedAt": 0, "severity": severity}
    details = {"vulnerabilityId": cve, "source": "NVD"}
    return told | {"packageVulnerabilityDetails": details}


def test_what_inspector_lists_today_is_told_by_cve(inspector: Stubber) -> None:
    answer = {"findings": [listed("HIGH", "CVE-1"), listed("HIGH", "CVE-1")]}
    inspector.add_response("list_findings", answer, LISTED)
    images = stubbed(inspector2=inspector.client)
    assert images.cves_today(HERE) == {"high": {"CVE-1"}}
    inspector.add_client_error("list_findings", "AccessDeniedException")
    assert images.cves_today(HERE) is None


def test_the_twin_knows_cves_by_what_lists_them() -> None:
    images = FakeImages(cves={HERE: {"high": frozenset({"CVE-1"})}})
    assert images.cves_today(HERE) == {"high": {"CVE-1"}}
    assert images.cves_today(UNKNOWN) is images.cves_of(BUILD) is None


def test_inspector_may_be_busy(inspector: Stubber) -> None:
    inspector.add_client_error("list_finding_aggregations", "ThrottlingException")
    with pytest.raises(Transient):
        known_today(inspector)


def test_the_twin_knows_what_was_found_and_whom_it_watches() -> None:
    images = FakeImages(found={HERE: Vulnerabilities(high=1)}, watched={"i-live"})
    assert images.found_today(HERE, "i-dead") == Vulnerabilities(high=1)
    assert images.found_today(UNKNOWN, "i-live") == Vulnerabilities()
    assert images.found_today(UNKNOWN, "i-dead") is None


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
    assert images.newest_of(f"{NAME}/") == f"{NAME}/1.0.0/10"
    assert images.newest_of(f"{NAME}3/") is None


def test_the_twin_refuses_the_same() -> None:
    with pytest.raises(Refused, match=f"there is no image build {BUILD}"):
        FakeImages().build(BUILD)
