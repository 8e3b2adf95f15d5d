"""Whatever starts a run is read as far as it goes, and every fault in it is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changeover.cluster.request import UpgradeRequest, read_request

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("raw", [None, {}])
def test_nothing_said_is_a_request_for_the_next_release(raw: Any) -> None:
    assert read_request(raw) == (UpgradeRequest(), [])


def test_everything_may_be_said() -> None:
    asked = {"cluster": "hpc", "release": "hpc-r2", "image": "ami-0123456789abcdef0"}
    assert read_request(asked) == (UpgradeRequest(**asked), [])


def test_an_image_builder_event_names_the_image_by_its_build() -> None:
    arn = "arn:aws:imagebuilder:us-east-1:111122223333:image/hpc-scheduler/1.0.0/1"
    assert read_request({"image_build": arn}) == (UpgradeRequest(image_build=arn), [])


@pytest.mark.parametrize(
    ("raw", "kind"),
    [([], "a list"), ("hpc", "a string"), (True, "a boolean"), (7, "a number"), (0.5, "a num")],
)
def test_an_input_that_is_no_object_is_told_what_it_is(raw: Any, kind: str) -> None:
    _, problems = read_request(raw)
    assert [problem for problem in problems if f"the input is {kind}" in problem]


def test_every_fault_is_named_at_once() -> None:
    _, problems = read_request({"release": "r2", "image": "ubuntu", "force": True, "cluster": 7})
    assert [problem.split(":")[0] for problem in problems] == [
        "cluster",
        "force",
        "image",
        "release",
    ]


def test_what_is_right_counts_beside_what_is_wrong() -> None:
    request, problems = read_request({"cluster": "hpc", "image": "ubuntu"})
    assert request == UpgradeRequest(cluster="hpc")
    assert len(problems) == 1


def test_two_images_are_one_too_many() -> None:
    arn = "arn:aws:imagebuilder:us-east-1:111122223333:image/hpc-scheduler/1.0.0/1"
    _, problems = read_request({"image": "ami-0123456789abcdef0", "image_build": arn})
    assert problems == ["image and image_build: give only one of them"]


@given(json_values)
def test_no_input_at_all_makes_it_crash(raw: Any) -> None:
    read_request(raw)
