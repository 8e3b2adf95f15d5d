"""README, runbook and changelog say what the code says."""

import re
from pathlib import Path

import pytest

from changeover import __version__
from changeover.ending import Outcome
from rehearsal.scenarios import SCENARIOS
from tests.diagram import flowchart

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
RUNBOOK = (ROOT / "docs/runbook.md").read_text()


def test_the_readme_shows_the_workflow_that_ships() -> None:
    drawn = flowchart(ROOT / "statemachine/upgrade.asl.yaml")
    assert f"```mermaid\n{drawn}\n```" in README, f"the README's diagram is to be:\n{drawn}"


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "completed"])
def test_the_runbook_has_a_heading_for_every_way_to_fail(scenario: str) -> None:
    assert f"\n## {scenario}\n" in RUNBOOK


def test_the_runbook_has_a_heading_for_a_refusal() -> None:
    assert f"\n## {Outcome.REFUSED}\n" in RUNBOOK


def test_the_newest_changelog_entry_is_the_version() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__


def test_every_dependency_has_its_reason() -> None:
    decisions = (ROOT / "docs/decisions.md").read_text()
    for source in sorted((ROOT / "requirements").glob("*.in")):
        for line in source.read_text().splitlines():
            name = re.match(r"[a-z][a-z0-9-]*", line)
            if name:
                assert re.search(rf"\b{name[0]}\b", decisions), f"{source.name}: {name[0]}"
