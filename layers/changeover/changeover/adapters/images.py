"""Machine images: what EC2 knows of an AMI, and what Image Builder knows of where it comes from."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING

from changeover.adapters.translation import ignoring, translated, when
from changeover.errors import Refused
from changeover.neighbours import Image, ImageBuild, Vulnerabilities
from changeover.values import ImageBuildArn, ImageId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import ImageTypeDef, TagTypeDef
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_ssm import SSMClient

NO_SUCH_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed")
NO_SUCH_BUILD = ("ClientException", "InvalidRequestException", "ResourceNotFoundException")
IN_USE = "changeover:in-use"


@translated
class AwsImages:
    """`cluster` is the value of the tag that marks images in use."""

    def __init__(
        self, ec2: "EC2Client", imagebuilder: "ImagebuilderClient", ssm: "SSMClient", cluster: str
    ) -> None:
        self._ec2 = ec2
        self._imagebuilder = imagebuilder
        self._ssm = ssm
        self._cluster = cluster

    def describe(self, image: ImageId) -> Image | None:
        with ignoring(*NO_SUCH_IMAGE):
            for found in self._ec2.describe_images(ImageIds=[image])["Images"]:
                return _described(found)
        return None

    def build(self, build_arn: str) -> ImageBuild:
        with when(*NO_SUCH_BUILD, then=Refused, says=f"there is no image build {build_arn}"):
            found = self._imagebuilder.get_image(imageBuildVersionArn=build_arn)["image"]
        region = self._ec2.meta.region_name
        made = [
            ami["image"]
            for ami in found.get("outputResources", {}).get("amis", [])
            if ami.get("region") == region and "image" in ami
        ]
        state, scan = found.get("state", {}), found.get("scanState", {}).get("status", "")
        return ImageBuild(
            arn=build_arn,
            status=state.get("status", "unknown"),
            reason=state.get("reason", ""),
            image=made[0] if made else None,
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
            pages = self._imagebuilder.get_paginator("list_image_pipeline_images").paginate(
                imagePipelineArn=pipeline
            )
            built = [
                (image.get("dateCreated", ""), image["arn"])
                for page in pages
                for image in page.get("imageSummaryList", [])
                if image.get("state", {}).get("status") == "AVAILABLE"
            ]
        return max(built)[1] if built else None

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
            # What is gone, or belongs to somebody else, is in nobody's lifecycle policy.
            with ignoring(*NO_SUCH_IMAGE, "UnauthorizedOperation"):
                self._ec2.create_tags(Resources=[image], Tags=[tag])
        for image in sorted(before - images):
            with ignoring(*NO_SUCH_IMAGE):
                self._ec2.delete_tags(Resources=[image], Tags=[tag])

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
    )
