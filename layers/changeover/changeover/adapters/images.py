"""Machine images: what EC2 knows of an AMI, and which AMI an Image Builder build made here."""

from typing import TYPE_CHECKING

from changeover.adapters.translation import ignoring, translated, when
from changeover.errors import Refused
from changeover.neighbours import Image
from changeover.values import ImageId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_imagebuilder import ImagebuilderClient

NO_SUCH_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed")
NO_SUCH_BUILD = ("ClientException", "InvalidRequestException", "ResourceNotFoundException")


@translated
class Ec2Images:
    def __init__(self, ec2: "EC2Client", imagebuilder: "ImagebuilderClient") -> None:
        self._ec2 = ec2
        self._imagebuilder = imagebuilder

    def of_build(self, build_arn: str) -> ImageId:
        with when(*NO_SUCH_BUILD, then=Refused, says=f"there is no image build {build_arn}"):
            build = self._imagebuilder.get_image(imageBuildVersionArn=build_arn)["image"]
        region = self._ec2.meta.region_name
        for made in build.get("outputResources", {}).get("amis", []):
            if made.get("region") == region and "image" in made:
                return made["image"]
        status = build.get("state", {}).get("status", "unknown")
        raise Refused(f"image build {build_arn} ({status}) has no AMI in {region}")

    def describe(self, image: ImageId) -> Image | None:
        with ignoring(*NO_SUCH_IMAGE):
            for found in self._ec2.describe_images(ImageIds=[image])["Images"]:
                return Image(
                    image=found["ImageId"],
                    state=found["State"],
                    name=found.get("Name", ""),
                    created=found.get("CreationDate", ""),
                )
        return None
