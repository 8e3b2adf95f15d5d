"""The README is short, starts with two commands, and says what the code can do."""

import re
from pathlib import Path

import pytest

from changeover.soca.dialect import DIALECTS, dialect_of
from changeover.upgrade.preflight import BUILT

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
LINKS = re.findall(r"\]\((?!https?:)([^)#]+)", README)


def test_the_readme_has_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= 150


def test_the_first_two_commands_do_all_the_set_up() -> None:
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    first = next(text for language, text in fences if not language)
    commands = [line.partition("#")[0].strip() for line in first.splitlines()]
    assert commands == ["make rehearsal", "make test"]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).is_file()


def test_the_status_says_which_releases_can_be_built() -> None:
    head, rows = status()
    columns = [dialect_of(re.findall(r"\d+\.\d+", cell)[0]).name for cell in head]
    assert columns == [*DIALECTS]
    built = [
        name
        for name, cell in zip(columns, rows["Build and upgrade to it"], strict=True)
        if "yes" in cell
    ]
    assert built == [*BUILT]


def status() -> tuple[list[str], dict[str, list[str]]]:
    """The heads of its columns, and its cells by the head of their row."""
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in README.splitlines()
        if line.startswith("|")
    ]
    end = next(at for at, row in enumerate(table) if row[0].startswith("Build"))
    return table[0][1:], {row[0]: row[1:] for row in table[2 : end + 1]}
