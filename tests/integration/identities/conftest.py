"""Hosts with a real slapd: one that tests change, and one with odd entries that they read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.ldap import ldif
from rehearsal.actors.sample_directory import write_directory
from rehearsal.host.folder import HostFolder
from tests.integration.identities.odd_entries import RECORDS
from tests.integration.scheduler_hosts import scheduler_host


@pytest.fixture(scope="package")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LDIF as the package writes it: usual people, and odd entries that a directory may have."""
    path = tmp_path_factory.mktemp("directory") / "tree.ldif"
    write_directory(path, users=100)
    with path.open("ab") as file:
        file.writelines(ldif.write(RECORDS))
    return path


@pytest.fixture(scope="package")
def loaded(tree: Path) -> Iterator[HostFolder]:
    """The tree as slapadd loads it. No test changes it."""
    with scheduler_host(tree) as host:
        yield host


@pytest.fixture(scope="module")
def host() -> Iterator[HostFolder]:
    """A directory that tests change. They must cope with the entries that other tests left."""
    with scheduler_host() as host:
        yield host
