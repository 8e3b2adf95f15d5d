"""Words that readers stumble over stay out of the documentation and of the package.

Archaisms, calques and British spelling: for each there is a plain word, such as `again` for `anew`.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
    if path.name != "CHANGELOG.md"
)
WORDS = re.compile(
    r"""\b(
    anew | whoever | whomever | thereof | therein | wherein | hitherto | heretofore | ere | lest
    | nought | naught | betwixt | whence | thence | hence
    | mend | mends | mended | tells\ of | told\ of | all\ the\ same | but\ for\ the
    | colour\w* | behaviou?r(?<!behavior) | neighbour\w* | licen[c]e\w* | customis\w* | normalis\w*
    | organis(?:e|ed|ation)\w* | initialis\w* | recognis\w* | judgement | favour\w* | catalogue
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_uses_plain_words(path: Path) -> None:
    lines = enumerate(path.read_text().splitlines(), 1)
    found = [(number, word[0]) for number, line in lines for word in WORDS.finditer(line)]
    assert found == []
