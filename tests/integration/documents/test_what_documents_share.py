"""Lines that several documents repeat are the same in each, so that what mends one mends all."""

import re

import pytest

from tests.integration.documents.test_every_document import NAMES, script

AT_WORK = {"apply_delta", "export_identities", "import_identities", "probe_release"}
# Where a block begins and ends, and which documents have it.
BLOCKS = {
    "beginning": ("#!/bin/bash", "exec 3>&1", set(NAMES)),
    "failure": ("fail() {", "}", set(NAMES)),
    "failed step": ("trap 'echo \"NAME: a step", "for tool in", set(NAMES)),
    "tools": ("  command -v", "done", set(NAMES)),
    "region": ("# The SSM agent tells the region", "[ -z", AT_WORK),
    "workplace": ('workplace="', 'scratch="', AT_WORK),
    "lock": ('mkdir -p "$workplace"', 'mkdir "$scratch"', AT_WORK),
}
# The import has a database to bring back besides.
CLEARING_UP = ("finish() {", "finish() {", AT_WORK - {"import_identities"})


@pytest.mark.parametrize(
    ("first", "last", "documents"), [*BLOCKS.values(), CLEARING_UP], ids=[*BLOCKS, "clearing up"]
)
def test_what_documents_repeat_is_the_same_in_each(
    first: str, last: str, documents: set[str]
) -> None:
    texts = {block(name, first, last) for name in documents}
    assert len(texts) == 1, texts


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_needs_the_region_or_a_lock_has_all_of_it(name: str) -> None:
    needs = re.search(
        r"^ *[^#\n]*\b(aws |mktemp |\$scratch|\$workplace|slapcat )", script(name), re.MULTILINE
    )
    assert (needs is not None) == (name in AT_WORK)


def test_thawing_is_freezing_turned_round() -> None:
    thawing = script("thaw_directory").replace("thaw", "freeze")
    assert thawing.replace("FALSE", "TRUE").replace("false", "true") == script("freeze_directory")


def block(name: str, first: str, last: str) -> str:
    """Its lines from one that begins with `first` to the next that begins with `last`."""
    lines = script(name).replace(name, "NAME").splitlines()
    (start,) = [at for at, line in enumerate(lines) if line.startswith(first)]
    end = next(at for at in range(start, len(lines)) if lines[at].startswith(last))
    text = "\n".join(lines[start : end + 1])
    return re.sub(r"for tool in .*", "for tool in", text)
