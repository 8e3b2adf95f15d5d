"""The examples of samconfig.toml are deployments that the template takes."""

import re
import tomllib
from typing import Any

import pytest

from tests.support.templates import ROOT, template

GIVEN = tomllib.loads((ROOT / "samconfig.toml").read_text())
PARAMETERS = template()["Parameters"]
EXAMPLES = ("new", "shared")


def overrides(example: str) -> dict[str, str]:
    listed: list[str] = GIVEN[example]["deploy"]["parameters"]["parameter_overrides"]
    pairs = dict(text.split("=", 1) for text in listed)
    assert len(pairs) == len(listed)
    return pairs


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_names_parameters_that_there_are(example: str) -> None:
    assert overrides(example).keys() <= PARAMETERS.keys()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_answers_all_that_has_no_default(example: str) -> None:
    asked = {name for name, each in PARAMETERS.items() if "Default" not in each}
    assert asked <= overrides(example).keys()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_s_values_are_allowed(example: str) -> None:
    for name, value in overrides(example).items():
        parameter: dict[str, Any] = PARAMETERS[name]
        assert re.search(parameter.get("AllowedPattern", ""), value), name
        allowed = [str(each) for each in parameter.get("AllowedValues", [value])]
        assert value in allowed, name
        if parameter["Type"] == "Number":
            assert float(value) >= parameter.get("MinValue", 0), name


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_deployed_as_the_default_is(example: str) -> None:
    usual = GIVEN["default"]["deploy"]["parameters"]
    assert GIVEN[example]["deploy"]["parameters"].items() >= usual.items()


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_cluster_has_a_stack_of_its_own(example: str) -> None:
    """With one name for all, a second cluster would be deployed over the first."""
    stack = GIVEN[example]["global"]["parameters"]["stack_name"]
    assert stack == f"changeover-{overrides(example)['ClusterName']}"


def test_one_example_is_bounded_and_the_other_is_not() -> None:
    assert "PermissionsBoundaryArn" in overrides("shared")
    assert "PermissionsBoundaryArn" not in overrides("new")
