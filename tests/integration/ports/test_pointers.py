"""Pointers to images, in memory and in Parameter Store."""

import boto3
import pytest

from changeover.adapters.parameters import SsmPointers
from changeover.errors import Conflict
from changeover.ports.services import Pointers
from tests.support.fakes import FakePointers

ONE, OTHER = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
PREFIX = "/changeover/hpc/image"


@pytest.fixture
def pointers(kind: str, request: pytest.FixtureRequest) -> Pointers:
    if kind == "memory":
        return FakePointers()
    return SsmPointers(request.getfixturevalue("aws").client("ssm"), PREFIX)


def test_a_pointer_that_was_never_set_is_none(pointers: Pointers) -> None:
    assert pointers.get("next") is None


def test_a_pointer_shows_what_it_was_set_to_last(pointers: Pointers) -> None:
    for image in (ONE, OTHER, OTHER):
        pointers.set("next", image)
        assert pointers.get("next") == image


def test_each_pointer_is_its_own(pointers: Pointers) -> None:
    pointers.set("next", ONE)
    pointers.set("current", OTHER)
    assert (pointers.get("next"), pointers.get("current")) == (ONE, OTHER)
    assert pointers.get("previous") is None


def test_each_is_a_parameter_that_others_can_read(aws: boto3.Session) -> None:
    ssm = aws.client("ssm")
    SsmPointers(ssm, PREFIX).set("current", ONE)
    found = ssm.get_parameter(Name="/changeover/hpc/image/current")["Parameter"]
    assert (found["Value"], found["Type"]) == (ONE, "String")


def test_a_pointer_moves_only_within_its_cluster(aws: boto3.Session) -> None:
    ssm = aws.client("ssm")
    SsmPointers(ssm, PREFIX).set("current", ONE)
    assert SsmPointers(ssm, PREFIX.replace("hpc", "lab")).get("current") is None


def test_a_name_that_parameter_store_does_not_take_is_a_conflict(aws: boto3.Session) -> None:
    with pytest.raises(Conflict):
        SsmPointers(aws.client("ssm"), "aws").set("current", ONE)
