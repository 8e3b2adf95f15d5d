"""Components say what Image Builder understands, and their shell texts stop at the first fault."""

import subprocess

import pytest
from pydantic import ValidationError

from tests.support.components import (
    COMPONENTS,
    PLACEHOLDER,
    Document,
    WebDownload,
    data,
    parsed,
    scripts,
)
from tests.support.templates import ROOT, Template, of_type, resolved, template

by_component = pytest.mark.parametrize("name", data())
RECIPE = ROOT / "prerequisites/image-recipe.yaml"


def passed(*, desktop: bool) -> dict[str, set[str]]:
    """Components of a recipe in their order, and the parameters that each is given."""
    (recipe,) = of_type("AWS::ImageBuilder::ImageRecipe", template(RECIPE)).values()
    components = resolved(recipe["Components"], {"IsDesktop": desktop})
    return {
        each["ComponentArn"]["Ref"].removesuffix("Arn"): {
            parameter["Name"] for parameter in each.get("Parameters", [])
        }
        for each in components
        if "ComponentArn" in each
    }


@by_component
def test_a_component_keeps_to_the_schema_and_to_the_limit_of_inline_data(name: str) -> None:
    text = data()[name]
    assert len(text) <= 16_000
    assert parsed(text).name == f"changeover-{name.lower()}"


def minimal() -> Template:
    step = {"name": "One", "action": "ExecuteBash", "inputs": {"commands": ["true"]}}
    phase = {"name": "build", "steps": [step]}
    return {"name": "a", "description": "b", "schemaVersion": 1.0, "phases": [phase]}


def test_the_schema_takes_a_minimal_document() -> None:
    assert Document.model_validate(minimal()).declared() == set()


@pytest.mark.parametrize(
    "change",
    [
        {"schemaVersion": 2.0},
        {"phases": []},
        {"phases": minimal()["phases"] * 2},
        {"phases": [{"name": "deploy", "steps": minimal()["phases"][0]["steps"]}]},
        {"phases": [{"name": "build", "steps": minimal()["phases"][0]["steps"] * 2}]},
        {"phases": [{"name": "build", "steps": [{"name": "One", "action": "Execute"}]}]},
        {"phases": [{"name": "build", "steps": [{"name": "One", "action": "ExecuteBash"}]}]},
        {"stages": []},
    ],
    ids=str,
)
def test_what_image_builder_would_refuse_is_refused_here(change: Template) -> None:
    with pytest.raises(ValidationError):
        Document.model_validate({**minimal(), **change})


@by_component
def test_a_component_uses_what_it_declares_and_nothing_else(name: str) -> None:
    text = data()[name]
    assert set(PLACEHOLDER.findall(text)) == parsed(text).declared()
    assert text.count("{{") == len(PLACEHOLDER.findall(text))


def test_recipes_give_each_component_what_it_asks_for() -> None:
    for name, parameters in passed(desktop=True).items():
        assert parameters == parsed(data()[name]).declared(), name
    assert passed(desktop=True).keys() == data().keys()
    assert passed(desktop=False).keys() == data().keys() - {"Desktop"}


@pytest.mark.parametrize("desktop", [True, False])
def test_nothing_is_installed_after_the_cleaning(desktop: bool) -> None:
    order = list(passed(desktop=desktop))
    assert order[0] == "Patches"
    assert order[-2:] == ["Clean", "Proof"]
    phases = [phase.name for phase in parsed(data()["Proof"]).phases]
    assert phases == ["test"]


def test_what_is_built_from_source_is_fetched_with_a_checksum() -> None:
    (phase,) = parsed(data()["Packages"]).phases
    (fetch,) = [step for step in phase.steps if isinstance(step, WebDownload)]
    assert [page.checksum for page in fetch.inputs] == ["{{ PbsSha256 }}"]


@pytest.mark.parametrize("step", scripts())
def test_a_shell_text_is_shell_and_stops_at_the_first_fault(step: str) -> None:
    text = scripts()[step]
    assert text.startswith("set -euo pipefail\n")
    checked = subprocess.run(
        ["bash", "-n"], input=text, text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_no_two_steps_have_one_name() -> None:
    steps = [s.name for text in data().values() for p in parsed(text).phases for s in p.steps]
    assert len(set(steps)) == len(steps)


def test_each_component_is_an_output_of_its_template() -> None:
    outputs = template(COMPONENTS)["Outputs"]
    assert {name: each["Value"] for name, each in outputs.items()} == {
        f"{name}Arn": {"Ref": name} for name in data()
    }
