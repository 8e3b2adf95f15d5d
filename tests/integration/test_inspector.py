"""The rehearsal's Inspector watches every machine, and reports the findings in a file."""

import json
from collections.abc import Iterator

import pytest

from changeover.adapters.images import AwsImages
from changeover.ports.values import Vulnerabilities
from rehearsal.control_plane import ControlPlane

IMAGE, MACHINE = "ami-0123456789abcdef0", "i-0123456789abcdef0"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("work")) as plane:
        yield plane


def known_today(aws: ControlPlane) -> Vulnerabilities | None:
    clients = (aws.client(name) for name in ("ec2", "imagebuilder", "ssm", "inspector2"))
    return AwsImages(*clients, "hpc").found_today(IMAGE, MACHINE)


def test_in_an_image_of_which_it_is_told_nothing_it_has_found_nothing(aws: ControlPlane) -> None:
    assert known_today(aws) == Vulnerabilities()


def test_what_it_is_told_is_known_from_then_on(aws: ControlPlane) -> None:
    counts = {"all": 3, "critical": 1, "high": 2}
    (aws.work / "inspector.json").write_text(json.dumps({IMAGE: counts}))
    assert known_today(aws) == Vulnerabilities(critical=1, high=2)
