"""Read a server's directory without the package's own LDIF reader."""

import base64
import hashlib
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypedDict

from rehearsal.host.directory_server import tool
from rehearsal.host.folder import BASE_DN, HostFolder

# Attributes that a server adds itself.
_OPERATIONAL = {
    b"structuralobjectclass",
    b"entryuuid",
    b"creatorsname",
    b"createtimestamp",
    b"entrycsn",
    b"modifiersname",
    b"modifytimestamp",
    b"contextcsn",
}
# The scaffold and the bootstrap account: SOCA's installer makes them on every release.
_NOT_CARRIED = {
    b"dc=soca,dc=local",
    b"cn=admin,dc=soca,dc=local",
    b"ou=people,dc=soca,dc=local",
    b"ou=group,dc=soca,dc=local",
    b"ou=sudoers,dc=soca,dc=local",
    b"ou=admins,dc=soca,dc=local",
    b"uid=socaboot,ou=people,dc=soca,dc=local",
    b"cn=socaboot,ou=group,dc=soca,dc=local",
    b"cn=socaboot,ou=sudoers,dc=soca,dc=local",
}

Blocks = frozenset[bytes]
"""Entries as text: one line a value, lines sorted, names of attributes in lower case."""


class Counts(TypedDict):
    """Counts of entries. `password_hashes` is the number of users with a hash."""

    users: int
    groups: int
    sudo_roles: int
    password_hashes: int


def slapcat(host: HostFolder, *which: str) -> bytes:
    """Run slapcat itself, without the host's wrappers and simulated faults."""
    command = [tool("slapcat"), "-o", "ldif_wrap=no", "-F", str(host.slapd_configuration), *which]
    return subprocess.run(command, check=True, capture_output=True).stdout


def movable(host: HostFolder) -> Blocks:
    """The entries that must be equal on both releases."""
    return blocks(slapcat(host, "-b", BASE_DN))


def blocks(ldif: bytes) -> Blocks:
    """The entries of an LDIF, folded or not, each as a set of lines."""
    unfolded = ldif.replace(b"\r\n", b"\n").replace(b"\n ", b"")
    entries = (list(_lines(each)) for each in re.split(rb"\n{2,}", unfolded))
    return frozenset(
        b"\n".join(sorted(lines))
        for lines in entries
        if lines and _place(lines).lower() not in _NOT_CARRIED
    )


def digest(entries: Blocks) -> str:
    return hashlib.sha256(b"\n\n".join(sorted(entries))).hexdigest()


def count(entries: Blocks) -> Counts:
    users = _of_class(entries, b"posixaccount")
    return Counts(
        users=len(users),
        groups=len(_of_class(entries, b"posixgroup")),
        sudo_roles=len(_of_class(entries, b"sudorole")),
        password_hashes=sum(b"\nuserpassword:" in user for user in users),
    )


def places(entries: Blocks) -> dict[str, list[str]]:
    """The DNs of each user's entries, by user name."""
    found: dict[str, list[str]] = defaultdict(list)
    for user in _of_class(entries, b"posixaccount"):
        lines = user.splitlines()
        for name in _values(lines, b"uid"):
            found[name.decode()].append(_place(lines).decode())
    return dict(found)


def _of_class(entries: Blocks, name: bytes) -> list[bytes]:
    return [each for each in entries if b"objectclass: " + name in each.lower().split(b"\n")]


def _lines(block: bytes) -> Iterator[bytes]:
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and not line.startswith((b"#", b"version:")) and name.lower() not in _OPERATIONAL:
            yield name.lower() + colon + value


def _place(lines: Iterable[bytes]) -> bytes:
    return next(_values(lines, b"dn"))


def _values(lines: Iterable[bytes], wanted: bytes) -> Iterator[bytes]:
    for line in lines:
        name, _, value = line.partition(b":")
        if name == wanted:
            yield base64.b64decode(value[1:]) if value.startswith(b":") else value.strip()
