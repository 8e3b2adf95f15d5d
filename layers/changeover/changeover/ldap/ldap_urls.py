"""LDAP URLs in attribute values (RFC 4516): their host and their base DN."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

ATTRIBUTES = frozenset(("labeleduri", "ref", "memberurl"))

# The last group is attributes, scope, filter and extensions, and a label if there is one.
_URL = re.compile(rb"(ldap[si]?://)([^/?\s]*)(?:/([^?\s]*)([?\s].*)?)?", re.IGNORECASE | re.DOTALL)
_ANY_URL = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?\s@]*@)?(\[[^\]]*\]|[^/?\s:]*)")
_HERE = frozenset((b"", b"localhost", b"127.0.0.1", b"[::1]"))
_PORT = re.compile(rb":\d*$")
# RFC 4516 allows these characters in a DN. All others are written as %XX.
_SAFE = "!$&'()*+,;=:@/-._~\\"


class Link(NamedTuple):
    """The parts of a value that is an LDAP URL; `base` as written, with its escapes."""

    scheme: bytes
    host: bytes
    base: bytes
    rest: bytes

    @property
    def is_here(self) -> bool:
        """Whether the URL points to the directory that contains it."""
        return _PORT.sub(b"", self.host).lower() in _HERE or self.scheme.lower() == b"ldapi://"


def parsed(value: bytes) -> Link | None:
    """Return the parts of the URL, or None if the value is not an LDAP URL with a base DN."""
    found = _URL.fullmatch(value)
    if not found or not found[3]:
        return None
    return Link(found[1], found[2], found[3], found[4] or b"")


def host_of(value: bytes) -> bytes:
    """Return the host in a URL. Empty if there is none, or if the value is not a URL."""
    link = _URL.match(value)
    if link and link[1].lower() == b"ldapi://":
        return b""
    found = _ANY_URL.match(value)
    return found[1].strip(b"[]") if found else b""


def base_of(link: Link) -> bytes:
    """Return the base DN with the URL's %XX escapes decoded."""
    return unquote_to_bytes(link.base)


def moved(value: bytes, to: Callable[[str], str]) -> bytes:
    """Return the URL with its base DN replaced by `to(base DN)`; the rest keeps its spelling.

    A URL of another server is returned unchanged, because DNs there do not change.
    """
    link = parsed(value)
    if link is None or not link.is_here:
        return value
    try:
        old = base_of(link).decode()
    except ValueError:
        return value
    new = to(old)
    if new == old:
        return value
    base = _respelled(link.base, old.encode(), new.encode())
    return link.scheme + link.host + b"/" + base + link.rest


def _respelled(written: bytes, old: bytes, new: bytes) -> bytes:
    """Return `new` as URL text. The part that it shares with `old` keeps its written form."""
    same = next(
        (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )
    at = 0
    for _ in range(same):
        at += 3 if written[at : at + 1] == b"%" else 1
    return written[:at] + quote_from_bytes(new[same:], safe=_SAFE).encode()
