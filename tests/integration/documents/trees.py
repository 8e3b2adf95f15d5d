"""Two small directories, and assertions about a host that serves one of them."""

import io

from changeover.identities import directories
from rehearsal.actors.soca_entries import SCAFFOLD, account
from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.scheduler_hosts import directory_of, leftovers, tool

ONE = (SCAFFOLD + account("one", 5002, "{SSHA}x")).encode()
TWO = (SCAFFOLD + account("two", 5003, "{SSHA}x")).encode()


def entries_of(tree: bytes) -> dict[str, directories.Entry]:
    return directories.read_directory(io.BytesIO(tree))


def assert_serves(host: HostFolder, entries: dict[str, directories.Entry]) -> None:
    assert tool(host, "systemctl", "is-active", "slapd").stdout == "active\n"
    assert directories.digest(directory_of(host)) == directories.digest(entries)
    base = ("-b", BASE_DN, "-s", "base")
    assert tool(host, "ldapsearch", "-x", "-H", "ldap://localhost", *base).returncode == 0


def assert_tidy(host: HostFolder) -> None:
    """No other database and no LDIF file is left, so no password hash is left."""
    assert [path.name for path in host.database.parent.glob("ldap*")] == ["ldap"]
    assert leftovers(host) == ["lock"]
