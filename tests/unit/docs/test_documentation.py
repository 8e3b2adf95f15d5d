"""The operate page, the changelog and the decisions say what the code says."""

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from changeover import __version__
from changeover.upgrade.finish import Outcome
from rehearsal.scenarios import SCENARIOS

ROOT = Path(__file__).parents[3]
OPERATE = (ROOT / "docs/operate.md").read_text()
CUSTOMIZING = (ROOT / "docs/customize.md").read_text()
VENDOR = ROOT / "rehearsal/vendor/2.6.1/source"
SAMPLE = ROOT / "rehearsal/customizations/sample/source"
PASSED_ON = {"Analytics", "Configuration"}  # told of by lines: they get what others got wrong


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "completed"])
def test_the_runbook_has_a_heading_for_every_way_to_fail(scenario: str) -> None:
    assert f"\n### {scenario}\n" in OPERATE


def test_the_runbook_has_a_heading_for_a_refusal() -> None:
    assert f"\n### {Outcome.REFUSED}\n" in OPERATE


@pytest.mark.parametrize("path", sorted(SAMPLE.rglob("*.template")), ids=lambda path: path.stem)
def test_the_page_on_customizing_names_all_that_the_sample_changes(path: Path) -> None:
    name = str(path.relative_to(SAMPLE))
    shipped, changed = (yaml_parse((tree / name).read_text()) for tree in (VENDOR, SAMPLE))
    _, found, told = CUSTOMIZING.partition(f"**{name}**")
    assert found
    for logical_id, resource in changed["Resources"].items():
        if resource != shipped["Resources"].get(logical_id):
            assert f"`{logical_id}`" in told.partition("\n**")[0] or logical_id in PASSED_ON


def test_the_newest_changelog_entry_of_a_release_is_the_version() -> None:
    newest = re.search(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == __version__


def test_every_dependency_has_its_reason() -> None:
    decisions = (ROOT / "docs/decisions.md").read_text()
    for source in sorted((ROOT / "requirements").glob("*.in")):
        for line in source.read_text().splitlines():
            name = re.match(r"[a-z][a-z0-9-]*", line)
            if name:
                assert re.search(rf"\b{name[0]}\b", decisions), f"{source.name}: {name[0]}"
