"""Distinguished names in normal form (RFC 4514), so that equal DNs compare equal."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from changeover.ldap import schema
from changeover.ldap.matching import folded, squeezed

# Simple DNs: no escapes, no double spaces, no spaces at an edge. Lower case normalizes them.
_PLAIN = re.compile(
    r"(?:(?:cn|dc|ou|uid)=[\w.@-]+(?: [\w.@-]+)*(?:,(?=.)|$))+", re.ASCII | re.IGNORECASE
)
# The same for many DNs, one a line, already in lower case.
_PLAIN_LINES = re.compile(rb"(?:(?:cn|dc|ou|uid)=[a-z0-9_.@-]++(?: [a-z0-9_.@-]++)*+[,\n])*+")
_TYPE = re.compile(r"[a-z][a-z0-9-]*|[0-9]+(?:\.[0-9]+)*")
_PLAIN_RDN = re.compile(r"(?:uid|cn)=[A-Za-z0-9_.@-]+")
# LDAPv2 syntax, which servers still accept (RFC 1779): quoted values, and `;` between RDNs.
_MARKS = re.compile(r'=[ \t\n\r]*"(?:\\.|[^"\\])*"|\\.|[,;+=]', re.DOTALL)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_QUOTED_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = " \t\n\r"
_EDGE = re.compile(r"\A[ \t\n\r]+|[ \t\n\r]+\Z")
_SPECIAL = re.compile(r'([,+"\\<>;=])')
_ESCAPE = re.compile(rb'\\(?:([0-9a-fA-F]{2})|([ "#+,;<=>\\]))?')


def normal(dn: str) -> str:
    """Return the normal form of a DN: folded case, one way to escape, parts of an RDN sorted.

    Raises ValueError if the text is not a distinguished name.
    """
    rdn, _, parent = dn.partition(",")
    if parent and _PLAIN_RDN.fullmatch(rdn):
        return f"{rdn.lower()},{_normal_parent(parent)}"
    return _normal(dn)


def normal_all(dns: Collection[bytes]) -> list[str]:
    """Return the normal form of many DNs in UTF-8. Simple DNs are normalized in one call."""
    lines = b"\n".join((*dns, b"")).lower()
    if _PLAIN_LINES.fullmatch(lines) and lines.count(b"\n") == len(dns):
        return lines.decode().splitlines()
    return [normal(dn.decode()) for dn in dns]


def are_plain(dns: Collection[bytes]) -> bool:
    """Whether all are simple DNs: only cn, dc, ou and uid, without escapes or extra spaces."""
    lines = b"\n".join((*dns, b"")).lower()
    return _PLAIN_LINES.fullmatch(lines) is not None and lines.count(b"\n") == len(dns)


def _normal(dn: str) -> str:
    if _PLAIN.fullmatch(dn):
        return dn.lower()
    return ",".join(_normal_rdn(rdn) for rdn in split(dn))


_normal_parent = lru_cache(maxsize=1_000)(_normal)
"""Cached, because thousands of entries have the same parent."""


def part(attribute: str, value: bytes) -> str:
    """Return the normal form of an RDN, such as `uid=mary`, from an attribute and its value.

    `attribute` is a canonical name. Raises ValueError if the value is not UTF-8.
    """
    return f"{attribute}={_escape(folded_value(attribute, value).decode())}"


def folded_value(attribute: str, value: bytes) -> bytes:
    """Return the normal form of a value in a DN, without escapes."""
    return folded(value) if schema.ignores_case(attribute) else squeezed(value)


def as_printed(dn: str) -> str:
    """Return the DN as slapd prints it: attribute names as in the schema, values unchanged."""
    return ",".join("+".join(map(_as_printed, split(rdn, "+"))) for rdn in split(dn))


def _as_printed(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{schema.spelled(schema.canonical_name(name.strip()))}{equals}{value}"


def split(dn: str, separator: str = ",") -> list[str]:
    """Split at each separator that is not escaped or quoted. `;` also counts as a comma."""
    parts, start = [], 0
    for at in _separators(dn, separator):
        parts.append(dn[start:at])
        start = at + 1
    return [*parts, dn[start:]]


def _separators(dn: str, separator: str) -> Iterator[int]:
    in_value = False
    for found in _MARKS.finditer(dn):
        mark = found[0]
        if mark.startswith("="):
            in_value = True
        elif mark == ";":  # before a value it begins an option, which slapd ignores
            if in_value and separator == ",":
                in_value = False
                yield found.start()
        elif mark in (",", "+"):
            in_value = False
            if mark == separator:
                yield found.start()


def parts(normal_dn: str) -> list[str]:
    """Return the RDNs, from the entry's own to the last of the base DN."""
    return split(normal_dn) if "\\" in normal_dn else normal_dn.split(",")


def depth(normal_dn: str) -> int:
    """Return the number of RDNs. A parent has fewer than its children."""
    return len(split(normal_dn)) if "\\" in normal_dn else normal_dn.count(",") + 1


def under(normal_dn: str, parent: str) -> bool:
    return normal_dn.endswith("," + parent)


def parent(normal_dn: str) -> str:
    """Return the DN of the parent, or an empty string if there is none."""
    return ",".join(split(normal_dn)[1:]) if "\\" in normal_dn else normal_dn.partition(",")[2]


def _normal_rdn(rdn: str) -> str:
    return "+".join(sorted(_normal_pair(pair) for pair in split(rdn, "+")))


def _normal_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    # slapd ignores options in a DN, as in `cn;lang-de=Mary`.
    name = name.strip().partition(";")[0].lower().removeprefix("oid.")
    name = schema.canonical_name(name)
    if not equals or not _TYPE.fullmatch(name):
        raise ValueError(f"{pair!r} is not a part of a distinguished name, such as uid=mary")
    return part(name, _unescape(value))


def _unescape(written: str) -> bytes:
    value = written.lstrip(_BLANKS)
    if value.startswith("#"):
        return _hex_value(value.strip(" ")[1:])
    if quoted := _QUOTED.fullmatch(value.rstrip(_BLANKS)):
        return _QUOTED_ESCAPE.sub(r"\1", quoted[1]).encode()
    kept = value.rstrip(_BLANKS)
    if kept.endswith("\\"):  # the space after the backslash belongs to the value
        kept = value[: len(kept) + 1]
    return _ESCAPE.sub(_escaped, kept.encode())


def _escaped(escape: re.Match[bytes]) -> bytes:
    code: bytes | None
    code, special = escape.groups()
    if code is None and special is None:
        raise ValueError("a backslash in a distinguished name must precede a character to escape")
    return bytes.fromhex(code.decode()) if code else special


def _hex_value(digits: str) -> bytes:
    """Return the string in a BER value such as `#0403666f6f`. Only short lengths are supported."""
    ber = bytes.fromhex(digits)
    if len(ber) < 2 or ber[1] != len(ber) - 2:  # noqa: PLR2004 - the tag and the length come first
        raise ValueError(f"#{digits} is not a valid BER value in a distinguished name")
    return ber[2:]


def _escape(value: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", value)
    if value.strip(_BLANKS) != value:  # a reader would drop spaces at an edge without an escape
        escaped = _EDGE.sub(lambda found: "".join(f"\\{ord(b):02X}" for b in found[0]), escaped)
    return "\\" + escaped if escaped.startswith("#") else escaped
