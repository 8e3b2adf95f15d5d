"""Netgroups: the users and hosts in their triples."""

import re

from changeover.identities.rules.entries import Check
from changeover.ldap.entry_layout import Layout, Values

_TRIPLE = re.compile(rb"\s*\(([^,)]*),([^,)]*),([^,)]*)\)\s*")


class Netgroups:
    """Netgroups: `users` by the DN of the netgroup; users and nested netgroups by its cn."""

    def __init__(self) -> None:
        self.users: dict[str, tuple[bytes, ...]] = {}
        self._parts: dict[bytes, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {}

    def check_of(self, layout: Layout, _values: Values) -> Check:
        """Return a check for every netgroup of the layout."""

        def check(entry: str, values: Values) -> None:
            triples = map(_TRIPLE.fullmatch, layout.all(values, "nisnetgrouptriple"))
            users = (found[2].strip() for found in triples if found)
            named = tuple(user for user in users if user not in (b"", b"-"))
            self.users[entry] = named
            for cn in layout.all(values, "cn"):
                self._parts[cn] = named, layout.all(values, "membernisnetgroup")

        return check

    def users_of(self, name: bytes) -> tuple[bytes, ...]:
        """Return the users of a netgroup and its nested netgroups. Empty if it is unknown."""
        found: dict[bytes, None] = {}
        seen, ahead = {name}, [name]
        while ahead:
            users, within = self._parts.get(ahead.pop(), ((), ()))
            found.update(dict.fromkeys(users))
            ahead += [each for each in within if each not in seen]
            seen.update(within)
        return tuple(found)


def machine_of(triple: bytes) -> bytes:
    """Return the host in a triple, or an empty value."""
    found = _TRIPLE.fullmatch(triple)
    host = found[1].strip() if found else b""
    return b"" if host == b"-" else host
