"""A real slapd decides which strings are equal."""

import pytest

from changeover.ldap import ldif
from rehearsal.host.folder import BASE_DN, HostFolder
from tests.integration.scheduler_hosts import modify
from tests.support.equal_strings import ALIKE, APART

FINE = 0
TYPE_OR_VALUE_EXISTS = 20
ALREADY_EXISTS = 68


def change(host: HostFolder, kind: str, cn: str, *descriptions: str) -> int:
    """Add or delete an entry, and return the server's answer."""
    values = [("cn", cn), *(("description", each) for each in descriptions)]
    lines = [
        ldif.line("dn", f"cn={cn},ou=Group,{BASE_DN}".encode()),
        ldif.line("changetype", kind.encode()),
    ]
    if kind == "add":
        lines += [ldif.line(name, value.encode()) for name, value in values]
        lines += [ldif.line("objectClass", b"device")]
    return modify(host, b"".join(lines).decode() + "\n").returncode


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE.keys())
def test_what_we_fold_to_one_is_one_to_slapd(host: HostFolder, one: str, other: str) -> None:
    assert change(host, "add", "twins", one, other) == TYPE_OR_VALUE_EXISTS
    assert change(host, "add", one) == FINE
    assert change(host, "add", other) == ALREADY_EXISTS
    assert change(host, "delete", other) == FINE


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_what_we_keep_apart_slapd_keeps_apart(host: HostFolder, one: str, other: str) -> None:
    assert change(host, "add", "pair", one, other) == FINE
    assert [change(host, "add", each) for each in (one, other)] == [FINE, FINE]
    assert [change(host, "delete", each) for each in (one, other, "pair")] == [FINE] * 3
