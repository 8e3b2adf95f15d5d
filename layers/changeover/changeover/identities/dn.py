"""Distinguished names in one spelling (RFC 4514), so that equal names compare equal."""

import re
from functools import lru_cache

# Names without an escape, a space at an edge or two in a row: lower case is their one spelling.
_PLAIN = re.compile(
    r"(?:(?!userid=|commonname=)[a-z][a-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*(?:,(?=.)|$))+", re.IGNORECASE
)
_PLAIN_RDN = re.compile(r"(?:uid|cn)=[A-Za-z0-9_.@-]+")
_ATTRIBUTES = {
    "2.5.4.3": "cn",
    "2.5.4.11": "ou",
    "0.9.2342.19200300.100.1.1": "uid",
    "0.9.2342.19200300.100.1.25": "dc",
    "commonname": "cn",
    "userid": "uid",
}
_SPECIAL = re.compile(r'([,+"\\<>;=])')
_PART = re.compile(r"\\(?:([0-9a-fA-F]{2})|(.))|([^\\])", re.DOTALL)


def normal(dn: str) -> str:
    """The name's one spelling: folded case, one way to escape, parts of an RDN in order.

    Raises ValueError when it is no distinguished name.
    """
    rdn, _, parent = dn.partition(",")
    if parent and _PLAIN_RDN.fullmatch(rdn):
        return f"{rdn.lower()},{_normal_parent(parent)}"
    return _normal(dn)


def _normal(dn: str) -> str:
    if _PLAIN.fullmatch(dn) and dn.isascii():
        return dn.lower()
    return ",".join(_normal_rdn(rdn) for rdn in split(dn))


_normal_parent = lru_cache(maxsize=1_000)(_normal)
"""Thousands of entries have the same."""


def split(dn: str, separator: str = ",") -> list[str]:
    """The parts between separators that are not escaped."""
    parts, start, at = [], 0, 0
    while at < len(dn):
        if dn[at] == "\\":
            at += 2
            continue
        if dn[at] == separator:
            parts.append(dn[start:at])
            start = at + 1
        at += 1
    parts.append(dn[start:])
    return parts


def depth(normal_dn: str) -> int:
    """Number of parts: a parent's is smaller than its children's."""
    return len(split(normal_dn)) if "\\" in normal_dn else normal_dn.count(",") + 1


def under(normal_dn: str, parent: str) -> bool:
    return normal_dn.endswith("," + parent)


def _normal_rdn(rdn: str) -> str:
    return "+".join(sorted(_normal_pair(pair) for pair in split(rdn, "+")))


def _normal_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    name = name.strip().lower().removeprefix("oid.")
    if not equals or not name:
        raise ValueError(f"{pair!r} is no part of a distinguished name")
    return f"{_ATTRIBUTES.get(name, name)}={_escape(_unescape(value).casefold())}"


def _unescape(value: str) -> str:
    if value.lstrip(" ").startswith("#"):
        return _hex_value(value.strip(" ")[1:])
    raw = bytearray()
    kept = 0
    for match in _PART.finditer(value.lstrip(" ")):
        code, escaped, plain = match.groups()
        raw += bytes.fromhex(code) if code else (escaped or plain).encode()
        if plain != " ":
            kept = len(raw)
    return " ".join(part for part in raw[:kept].decode().split(" ") if part)


def _hex_value(digits: str) -> str:
    """The string inside a BER value such as `#0403666f6f` (short lengths are enough for a name)."""
    ber = bytes.fromhex(digits)
    if len(ber) < 2 or ber[1] != len(ber) - 2:  # noqa: PLR2004 - a tag and a length stand ahead
        raise ValueError(f"#{digits} is no value of a distinguished name")
    return ber[2:].decode()


def _escape(value: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", value)
    return "\\" + escaped if escaped.startswith("#") else escaped
