"""docs/workflow.md shows the state machine that ships, and its diagram can be read."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.mermaid import flowchart

ROOT = Path(__file__).parents[3]
DEFINITION = ROOT / "statemachine/upgrade.asl.yaml"
PAGE = (ROOT / "docs/workflow.md").read_text()
CHOICE = """
States:
  Pick:
    Type: Choice
    Choices:
{choices}
    Default: Three
"""
CONDITIONS = {
    "a word each": ("$a = 'x'", "$a = 'y'"),
    "one word, two variables": ("$a = 'x'", "$b = 'x'"),
    "one variable, two functions": ("$exists($a.b)", "$boolean($a.b)"),
    "the label of the default": ("$a = 'otherwise'", "$b"),
    "numbers": ("$a > 1", "$a > 2"),
}


@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=CONDITIONS)
def test_arrows_out_of_a_choice_have_labels_of_their_own(
    conditions: tuple[str, ...], tmp_path: Path
) -> None:
    choices = [f'      - {{Condition: "{{% {each} %}}", Next: One}}' for each in conditions]
    definition = tmp_path / "machine.yaml"
    definition.write_text(CHOICE.format(choices="\n".join(choices)))
    assert len(set(labels(flowchart(definition))["Pick"])) == len(conditions) + 1


def test_arrows_out_of_a_choice_of_the_shipped_workflow_have_labels_of_their_own() -> None:
    found = labels(flowchart(DEFINITION))
    assert found
    assert {origin: each for origin, each in found.items() if len(set(each)) < len(each)} == {}


def test_the_page_shows_the_workflow_that_ships() -> None:
    drawn = flowchart(DEFINITION)
    assert f"```mermaid\n{drawn}\n```" in PAGE, f"the diagram must be:\n{drawn}"


def test_the_page_names_every_task_outside_its_diagram() -> None:
    tasks = re.findall(
        r"^ *([A-Z][\w ]+):\n(?: +Comment: .*\n)? +Type: Task", DEFINITION.read_text(), re.MULTILINE
    )
    prose = PAGE.partition("```mermaid")[0]
    looking = {"Check Build", "Check Candidate", "Check Discard"}
    assert {task for task in tasks if task not in prose} <= looking


def labels(drawn: str) -> dict[str, list[str]]:
    """The labels of the arrows out of each state, those taken on an error aside."""
    found = defaultdict(list)
    for origin, label in re.findall(r"^ *(\w+) -->\|(.+?)\| \w+$", drawn, re.MULTILINE):
        found[origin].append(label)
    return found
