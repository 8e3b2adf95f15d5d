"""Lines that several documents repeat are the same in each, so that a fix reaches all of them."""

import re

import pytest

from tests.integration.documents.test_every_document import NAMES, script

TAKING = {"apply_delta", "import_identities"}
COPYING = {"export_identities", "freeze_directory"} | TAKING
AT_WORK = COPYING | {"probe_release"}
CONFIGURING = {"freeze_directory", "thaw_directory"} | TAKING
# The first and last line of each block, and the documents that have it.
BLOCKS = {
    "beginning": ("#!/bin/bash", "exec 3>&1", set(NAMES)),
    "failure": ("fail() {", "}", set(NAMES)),
    "failed step": ("set -E", "for tool in", set(NAMES)),
    "tools": ("  command -v", "done", set(NAMES)),
    "region": ("# The SSM agent sets the region", "[ -z", AT_WORK),
    "workplace": ('workplace="', 'scratch="', AT_WORK),
    "lock": ('mkdir -p "$workplace"', 'mkdir "$scratch"', AT_WORK),
    "database": ("# Read the database's settings", "setting() {", COPYING | {"thaw_directory"}),
    "configuration": ("configure() {", "}", CONFIGURING),
    "read-only": ("set_read_only() {", "}", {"freeze_directory", "thaw_directory"}),
    "thawed": ("run='", 'thawed="', {"freeze_directory", "thaw_directory"}),
    "space": ("# Call this before any change", "}", COPYING),
    "blame": ("# Report a full disk", "}", COPYING),
    "size": ("# Bytes that the database", "}", COPYING - {"import_identities"}),
    "map": ("# An mdb database", "}", TAKING),
    "taking": ("# Fetch the LDIF", "}", TAKING),
    "check": ("# Refuse LDIF that makes", "}", TAKING),
    "copy": ("# The AWS CLI takes", "  copied=", COPYING),
    "secret": ("# Read one string of the secret", "}", {"apply_delta", "probe_release"}),
    "patience": ("# In the foreground", "patiently() {", {"locate_directory", "probe_release"}),
}
# The import also restores a database, and the probe starts no server.
CLEARING_UP = ("finish() {", "}", COPYING - {"import_identities"})


@pytest.mark.parametrize(
    ("first", "last", "documents"), [*BLOCKS.values(), CLEARING_UP], ids=[*BLOCKS, "clearing up"]
)
def test_what_documents_repeat_is_the_same_in_each(
    first: str, last: str, documents: set[str]
) -> None:
    texts = {block(name, first, last) for name in documents}
    assert len(texts) == 1, texts


@pytest.mark.parametrize(("first", "documents"), [(each[0], each[2]) for each in BLOCKS.values()])
def test_no_other_document_has_such_lines(first: str, documents: set[str]) -> None:
    assert {name for name in NAMES if any(line.startswith(first) for line in lines(name))} == (
        documents
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_needs_the_region_or_a_lock_has_all_of_it(name: str) -> None:
    needs = re.search(
        r"^ *[^#\n]*\b(aws |mktemp |\$scratch|\$workplace|slapcat )", script(name), re.MULTILINE
    )
    assert (needs is not None) == (name in AT_WORK)


def block(name: str, first: str, last: str) -> str:
    """Return the lines from one that begins with `first` to the next that begins with `last`."""
    text = lines(name)
    (start,) = [at for at, line in enumerate(text) if line.startswith(first)]
    end = next(at for at in range(start, len(text)) if text[at].startswith(last))
    return re.sub(r"for tool in .*", "for tool in", "\n".join(text[start : end + 1]))


def lines(name: str) -> list[str]:
    return script(name).replace(name, "NAME").splitlines()
