"""AMIs and image builds, read from EC2, Image Builder and Amazon Inspector."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from changeover.adapters.aws_errors import ignoring, translated, when
from changeover.adapters.lost_builds import is_image_lost
from changeover.adapters.pagination import pages
from changeover.errors import Refused
from changeover.ports.values import Cves, Image, ImageBuild, Vulnerabilities
from changeover.types import ImageBuildArn, ImageId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import ImageTypeDef, TagTypeDef
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_imagebuilder.type_defs import ImageScanFindingsFilterTypeDef
    from mypy_boto3_ssm import SSMClient

NO_SUCH_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed")
NO_SUCH_BUILD = ("ClientException", "InvalidRequestException", "ResourceNotFoundException")
IN_USE = "changeover:in-use"


class Inspector(Protocol):
    """The part of boto3's `inspector2` client that this module uses."""

    def list_finding_aggregations(self, **request: Any) -> Any: ...

    def list_coverage(self, **request: Any) -> Any: ...

    def list_findings(self, **request: Any) -> Any: ...


@translated
class AwsImages:
    """`cluster` is the value of the tag `changeover:in-use` that marks images in use."""

    def __init__(
        self,
        ec2: "EC2Client",
        imagebuilder: "ImagebuilderClient",
        ssm: "SSMClient",
        inspector: Inspector,
        cluster: str,
    ) -> None:
        self._ec2 = ec2
        self._imagebuilder = imagebuilder
        self._ssm = ssm
        self._inspector2 = inspector
        self._cluster = cluster

    def describe(self, image: ImageId) -> Image | None:
        with ignoring(*NO_SUCH_IMAGE):
            for found in self._ec2.describe_images(ImageIds=[image])["Images"]:
                return _described(found)
        return None

    def build(self, build_arn: str) -> ImageBuild:
        with when(*NO_SUCH_BUILD, then=Refused, says=f"there is no image build {build_arn}"):
            found = self._imagebuilder.get_image(imageBuildVersionArn=build_arn)["image"]
        made = _own_ami(found, self._ec2.meta.region_name, build_arn)
        state, scan = found.get("state", {}), found.get("scanState", {}).get("status", "")
        return ImageBuild(
            arn=build_arn,
            status=state.get("status", "unknown"),
            reason=state.get("reason", ""),
            lost=is_image_lost(state.get("status", ""), state.get("reason", "")),
            image=made,
            recipe=found.get("imageRecipe", {}).get("version", ""),
            operating_system=found.get("osVersion", ""),
            tested=found.get("imageTestsConfiguration", {}).get("imageTestsEnabled", False),
            scan=scan,
            vulnerabilities=self._vulnerabilities(build_arn) if scan == "COMPLETED" else None,
        )

    def start_build(self, pipeline: str, token: str) -> ImageBuildArn:
        with when(*NO_SUCH_BUILD, then=Refused, says=f"{pipeline} cannot be run"):
            return self._imagebuilder.start_image_pipeline_execution(
                imagePipelineArn=pipeline, clientToken=token
            )["imageBuildVersionArn"]

    def newest_build(self, pipeline: str) -> ImageBuildArn | None:
        with when(*NO_SUCH_BUILD, then=Refused, says=f"there is no pipeline {pipeline}"):
            return _newest(
                pages(
                    lambda **more: self._imagebuilder.list_image_pipeline_images(
                        imagePipelineArn=pipeline, **more
                    )
                )
            )

    def newest_of(self, prefix: str) -> ImageBuildArn | None:
        versions = [
            version["arn"]
            for page in pages(lambda **more: self._imagebuilder.list_images(owner="Self", **more))
            for version in page.get("imageVersionList", [])
            if f"{version['arn']}/".startswith(prefix)
        ]
        return _newest(chain.from_iterable(map(self._builds, versions)))

    def found_today(self, image: ImageId, instance: str) -> Vulnerabilities | None:
        # Amazon Inspector returns this error also if it is not enabled.
        with ignoring("AccessDeniedException"):
            found = self._inspector2.list_finding_aggregations(
                aggregationType="AMI",
                aggregationRequest={
                    "amiAggregation": {"amis": [{"comparison": "EQUALS", "value": image}]}
                },
            )
            for each in found.get("responses", []):
                if told := each.get("amiAggregation", {}):
                    return _of_one_machine(told)
            # No entry means that there are no findings, or that Inspector does not watch the image.
            return Vulnerabilities() if instance and self._is_watched(instance) else None
        return None

    def cves_of(self, build_arn: str) -> Cves | None:
        built: ImageScanFindingsFilterTypeDef = {
            "name": "imageBuildVersionArn",
            "values": [build_arn],
        }
        with ignoring("AccessDeniedException"):
            return _cves(
                pages(
                    lambda **more: self._imagebuilder.list_image_scan_findings(
                        filters=[built], **more
                    )
                )
            )
        return None

    def cves_today(self, image: ImageId) -> Cves | None:
        active = {
            "ec2InstanceImageId": [{"comparison": "EQUALS", "value": image}],
            "findingStatus": [{"comparison": "EQUALS", "value": "ACTIVE"}],
        }
        # Amazon Inspector returns this error also if it is not enabled.
        with ignoring("AccessDeniedException"):
            return _cves(
                pages(lambda **more: self._inspector2.list_findings(filterCriteria=active, **more))
            )
        return None

    def newest_base(self, parameter: str) -> ImageId | None:
        with ignoring("ParameterNotFound"):
            return self._ssm.get_parameter(Name=parameter)["Parameter"].get("Value")
        return None

    def mark_in_use(self, images: AbstractSet[ImageId]) -> None:
        tag: TagTypeDef = {"Key": IN_USE, "Value": self._cluster}
        marked = self._ec2.describe_images(
            Filters=[{"Name": f"tag:{IN_USE}", "Values": [self._cluster]}]
        )["Images"]
        before = {each["ImageId"] for each in marked}
        for image in sorted(images - before):
            # A deleted AMI, or one of another account, is not in this account's lifecycle policies.
            with ignoring(*NO_SUCH_IMAGE):
                if self._ec2.describe_images(ImageIds=[image], Owners=["self"])["Images"]:
                    self._ec2.create_tags(Resources=[image], Tags=[tag])
        for image in sorted(before - images):
            with ignoring(*NO_SUCH_IMAGE):
                self._ec2.delete_tags(Resources=[image], Tags=[tag])

    def _builds(self, version: str) -> Iterator[Mapping[str, Any]]:
        return pages(
            lambda **more: self._imagebuilder.list_image_build_versions(
                imageVersionArn=version, **more
            )
        )

    def _is_watched(self, instance: str) -> bool:
        found = self._inspector2.list_coverage(
            filterCriteria={
                "resourceId": [{"comparison": "EQUALS", "value": instance}],
                "scanStatusCode": [{"comparison": "EQUALS", "value": "ACTIVE"}],
            }
        )
        return bool(found.get("coveredResources"))

    def _vulnerabilities(self, build_arn: str) -> Vulnerabilities | None:
        found = self._imagebuilder.list_image_scan_finding_aggregations(
            filter={"name": "imageBuildVersionArn", "values": [build_arn]}
        )
        for each in found.get("responses", []):
            if counts := each.get("imageAggregation", {}).get("severityCounts"):
                return Vulnerabilities(
                    critical=counts.get("critical", 0),
                    high=counts.get("high", 0),
                    medium=counts.get("medium", 0),
                )
        return None


def _own_ami(found: Mapping[str, Any], region: str, build_arn: str) -> ImageId | None:
    """Return the AMI in this region and the build's account, preferably an available one.

    Image Builder lists one copy per target account and region. Older lists have no account IDs,
    and contain only copies in the build's own account.
    """
    account = build_arn.split(":")[4]
    own = [
        ami
        for ami in found.get("outputResources", {}).get("amis", [])
        if ami.get("image")
        and ami.get("region") == region
        and ami.get("accountId", account) == account
    ]
    own.sort(key=lambda ami: ami.get("state", {}).get("status", "AVAILABLE") != "AVAILABLE")
    return own[0]["image"] if own else None


def _cves(found: Iterable[Mapping[str, Any]]) -> Cves | None:
    listed: dict[str, set[str]] = {}
    for page in found:
        for finding in page.get("findings", []):
            if cve := finding.get("packageVulnerabilityDetails", {}).get("vulnerabilityId"):
                listed.setdefault(finding.get("severity", "").lower(), set()).add(cve)
    return {severity: frozenset(cves) for severity, cves in listed.items()} or None


def _newest(found: Iterable[Mapping[str, Any]]) -> ImageBuildArn | None:
    built = [
        (image.get("dateCreated", ""), image["arn"])
        for page in found
        for image in page.get("imageSummaryList", [])
        if image.get("state", {}).get("status") == "AVAILABLE"
    ]
    return max(built)[1] if built else None


def _of_one_machine(told: Mapping[str, Any]) -> Vulnerabilities:
    """Divide the counts by the number of instances, because Inspector counts each instance."""
    counts, machines = told.get("severityCounts", {}), max(told.get("affectedInstances", 1), 1)
    return Vulnerabilities(
        **{name: -(-counts.get(name, 0) // machines) for name in ("critical", "high", "medium")}
    )


def _described(found: "ImageTypeDef") -> Image:
    disks = [disk["Ebs"] for disk in found.get("BlockDeviceMappings", []) if "Ebs" in disk]
    created = found.get("CreationDate")
    return Image(
        image=found["ImageId"],
        state=found["State"],
        name=found.get("Name", ""),
        created=datetime.fromisoformat(created) if created else None,
        owner=found.get("OwnerId", ""),
        architecture=found.get("Architecture", ""),
        encrypted=bool(disks) and all(disk.get("Encrypted", False) for disk in disks),
        public=found.get("Public", False),
        base=found.get("SourceImageId", ""),
        tokens_only=found.get("ImdsSupport") == "v2.0",
    )
