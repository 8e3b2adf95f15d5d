"""Machine images, in memory and in EC2; Image Builder answers from a stub."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.images import Ec2Images
from changeover.errors import Refused
from changeover.neighbours import Image
from changeover.ports import Images
from tests.fakes import FakeImages

BUILD_ARN = "arn:aws:imagebuilder:us-east-1:111122223333:image/scheduler/1.0.0/1"
UNKNOWN = "ami-0fedcba9876543210"


@pytest.fixture
def images(kind: str, aws: boto3.Session, image: str) -> Images:
    if kind == "memory":
        return FakeImages(images={image: Image(image, "available", "scheduler")})
    return Ec2Images(aws.client("ec2"), aws.client("imagebuilder"))


def test_an_image_is_described_by_state_and_name(images: Images, image: str) -> None:
    found = images.describe(image)
    assert found is not None
    assert (found.image, found.state, found.name) == (image, "available", "scheduler")


def test_an_image_that_does_not_exist_is_none(images: Images) -> None:
    assert images.describe(UNKNOWN) is None


@dataclass
class ImageBuilder:
    images: Images
    stubber: Stubber

    def answers(self, status: str, amis: list[dict[str, str]]) -> None:
        built: dict[str, Any] = {"state": {"status": status}, "outputResources": {"amis": amis}}
        asked = {"imageBuildVersionArn": BUILD_ARN}
        self.stubber.add_response("get_image", {"image": built}, asked)


@pytest.fixture
def image_builder() -> Iterator[ImageBuilder]:
    client = boto3.client("imagebuilder")
    with Stubber(client) as stubber:
        yield ImageBuilder(Ec2Images(boto3.client("ec2"), client), stubber)


def test_a_build_gives_the_image_of_this_region(image_builder: ImageBuilder) -> None:
    there, here = UNKNOWN, "ami-0123456789abcdef0"
    amis = [{"region": "eu-west-1", "image": there}, {"region": "us-east-1", "image": here}]
    image_builder.answers("AVAILABLE", amis)
    assert image_builder.images.of_build(BUILD_ARN) == here


def test_a_build_that_reached_no_image_here_is_refused(image_builder: ImageBuilder) -> None:
    image_builder.answers("DISTRIBUTING", [{"region": "eu-west-1", "image": UNKNOWN}])
    with pytest.raises(Refused, match=r"DISTRIBUTING.*us-east-1"):
        image_builder.images.of_build(BUILD_ARN)


def test_a_build_that_does_not_exist_is_refused(image_builder: ImageBuilder) -> None:
    image_builder.stubber.add_client_error("get_image", "ResourceNotFoundException")
    with pytest.raises(Refused, match=r"1\.0\.0/1"):
        image_builder.images.of_build(BUILD_ARN)


def test_the_twin_refuses_the_same() -> None:
    with pytest.raises(Refused):
        FakeImages().of_build(BUILD_ARN)
