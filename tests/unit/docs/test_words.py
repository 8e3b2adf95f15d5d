"""Words that readers stumble over stay out of the documentation and of the code.

Archaisms, calques and British spelling: for each there is a plain word, such as `again` for `anew`.
To hold one more place to the list, add it to PLACES.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
    if path.name != "CHANGELOG.md"
)
PLACES = (
    "layers/changeover/**/*.py",
    "functions/**/*.py",
    "statemachine/*.yaml",
    "documents/*.yaml",
    "rehearsal/**/*.py",
    "bench/**/*.py",
    "tools/**/*.py",
)
SOURCES = sorted(path for place in PLACES for path in ROOT.glob(place))
# The names of 0.1.0, which stored records and configurations still have.
ALIASES = {"customisations", "customisations_sha256"}
# A name in the code, such as a parameter that a docstring explains.
CODE = re.compile(r"`[^`]*`")
WORDS = re.compile(
    r"""\b(?:
    anew | whoever | whomever | thereof | therein | wherein | hitherto | heretofore | ere | lest
    | nought | naught | betwixt | whence | thence | hence | wherever | whilst | amongst | upon
    | mend | mends | mended | tells\ of | told\ of | (?:is|are)\ told | all\ the\ same | but\ for
    | is\ no\ \w+\ of | stands?\ in | nobody\ else's | to\ who | none\ of\ what | said\ of
    | colour\w* | behaviour\w* | neighbour\w* | licence\w* | customis\w* | normalis\w*
    | organis\w* | initialis\w* | recognis\w* | judgement | favour\w* | catalogue
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
STUMBLES = (
    "The digest is made anew.",
    "Whoever reads it",
    "A bad image is told by e-mail.",
    "The name stands in the output.",
    "It is no member of the group.",
    "Nothing but for one",
    "customisations of a site",
)
PLAIN = (
    "Here it is made again.",
    "This sentence has no archaism, as far as we know.",
    "A person who reads it",
    "He told us; the standard says so.",
)


@pytest.mark.parametrize("text", STUMBLES)
def test_the_list_knows_what_readers_stumble_over(text: str) -> None:
    assert WORDS.search(text)


@pytest.mark.parametrize("text", PLAIN)
def test_the_list_leaves_plain_words_alone(text: str) -> None:
    assert not WORDS.search(text)


def test_the_texts_of_a_module_are_its_comments_and_strings() -> None:
    module = '"""About."""\nanew = f"of {anew} it"  # why\nx = "customisations"\n'
    assert sorted(texts(module)) == [(1, "About."), (2, " it"), (2, "# why"), (2, "of ")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_uses_plain_words(path: Path) -> None:
    assert stumbles(enumerate(path.read_text().splitlines(), 1)) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_file_uses_plain_words(path: Path) -> None:
    source = path.read_text()
    lines = texts(source) if path.suffix == ".py" else enumerate(source.splitlines(), 1)
    assert stumbles(lines) == []


def stumbles(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(at, word[0]) for at, line in lines for word in WORDS.finditer(CODE.sub("", line))]


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each comment and string in a module."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [(node.lineno, node.value)] if node.value not in ALIASES else []
