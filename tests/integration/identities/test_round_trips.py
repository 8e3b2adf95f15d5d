"""slapd accepts the LDIF that the package writes, and its tools print the same entries."""

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest

from changeover.identities import directories
from changeover.ldap.entry import Entry
from rehearsal.host.folder import BASE_DN, ROOT_DN, HostFolder
from tests.integration.scheduler_hosts import directory_of, export, scheduler_host, tool
from tests.support.ldif_text import Outcome, by_line, by_page

PAGED = ("-E", "pr=50/noprompt")


def read(text: bytes) -> dict[str, Entry]:
    return directories.read_directory(io.BytesIO(text))


@pytest.fixture(scope="module")
def written(tree: Path) -> dict[str, Entry]:
    return read(tree.read_bytes())


def told(outcome: Outcome) -> list[tuple[bytes, Any]]:
    """Drop slapd's operational attributes, which only the line reader keeps."""
    assert isinstance(outcome, list)
    return [(seen.dn, seen.attributes) for seen in outcome]


def search(host: HostFolder, *options: str) -> bytes:
    """Return all entries, as the rootDN sees them."""
    bind = ("-x", "-D", ROOT_DN, "-y", str(host.root_password), "-H", "ldapi:///")
    return tool(host, "ldapsearch", *bind, "-b", BASE_DN, *options).stdout.encode()


def test_slapadd_takes_it_and_slapcat_says_the_same(loaded: HostFolder, written) -> None:
    assert directories.digest(directory_of(loaded)) == directories.digest(written)


@pytest.mark.parametrize(
    "options",
    [("-LLL",), ("-L",), ("-LLL", *PAGED), ("-LLL", "*", "+"), ("-LLL", "-o", "ldif-wrap=no")],
    ids=["plain", "with comments and a version", "paged", "with what slapd adds", "not folded"],
)
def test_ldapsearch_says_the_same(loaded: HostFolder, written, options: tuple[str, ...]) -> None:
    assert directories.digest(read(search(loaded, *options))) == directories.digest(written)


def test_ldapadd_takes_it_and_slapcat_says_the_same(host: HostFolder, written) -> None:
    present = directory_of(host)
    missing = {name: entry for name, entry in written.items() if name not in present}
    text = b"".join(directories.write_directory(missing.values()))
    bind = ("-x", "-D", ROOT_DN, "-y", str(host.root_password), "-H", "ldapi:///")
    subprocess.run([host.tools / "ldapadd", *bind], input=text, check=True, capture_output=True)
    found = directory_of(host)
    assert directories.digest({name: found[name] for name in missing}) == directories.digest(
        missing
    )


def test_what_slapcat_prints_slapadd_takes_and_slapcat_prints_again(
    loaded: HostFolder, tmp_path: Path
) -> None:
    printed = tmp_path / "printed.ldif"
    printed.write_bytes(export(loaded))
    with scheduler_host(printed) as other:
        assert export(other) == printed.read_bytes()


def test_what_we_make_of_slapcats_text_slapadd_takes(loaded: HostFolder, tmp_path: Path) -> None:
    ours = tmp_path / "ours.ldif"
    ours.write_bytes(b"".join(directories.write_directory(directory_of(loaded).values())))
    with scheduler_host(ours) as other:
        assert directory_of(other) == directory_of(loaded)


def test_every_value_is_back_byte_for_byte(loaded: HostFolder, written) -> None:
    found = directory_of(loaded)
    assert found.keys() == written.keys()
    for name, entry in found.items():
        assert entry.attributes == written[name].attributes


def test_reading_by_the_line_and_by_the_page_agree_on_slapcats_text(loaded: HostFolder) -> None:
    text = export(loaded)
    assert told(by_page(text, drop=5000)) == told(by_line(text))
