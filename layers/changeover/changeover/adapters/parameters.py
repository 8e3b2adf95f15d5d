"""Image pointers in Parameter Store: one SSM parameter each, whose value is an AMI ID."""

from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated
from changeover.types import ImageId

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


@translated
class SsmPointers:
    """`prefix` is `/changeover/<cluster>/image`."""

    def __init__(self, ssm: "SSMClient", prefix: str) -> None:
        self._ssm = ssm
        self._prefix = prefix

    def get(self, name: str) -> ImageId | None:
        with ignoring("ParameterNotFound"):
            return self._ssm.get_parameter(Name=f"{self._prefix}/{name}")["Parameter"].get("Value")
        return None

    def set(self, name: str, image: ImageId) -> None:
        self._ssm.put_parameter(
            Name=f"{self._prefix}/{name}", Value=image, Type="String", Overwrite=True
        )
