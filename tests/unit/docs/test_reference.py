"""docs/reference.md is what the code and the templates say."""

from changeover.cluster.configuration import ClusterConfiguration
from tests.support.templates import template
from tools.reference import PAGE, reference


def test_the_reference_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run .venv/bin/python -m tools.reference"


def test_every_field_of_the_configuration_says_what_it_means() -> None:
    section = reference().partition("## Configuration\n")[2].partition("\n## ")[0]
    fields = [
        line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")
    ]
    assert len(fields) > len(ClusterConfiguration.model_fields)
    assert [cells[0] for cells in fields if len(cells) < 4] == []


def test_every_event_starts_a_function_that_exists() -> None:
    section = reference().partition("## Events\n")[2].partition("\n## ")[0]
    started = {line.split("`")[-2] for line in section.splitlines() if line.endswith("` |")}
    assert started == {"HandleImageEvent", "Reconcile", "AbortUpgrade"}
    assert {f"{name}Function" for name in started} <= template()["Resources"].keys()
