"""Distinguished names in one spelling (RFC 4514), so that equal names compare equal."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from changeover.ldap import schema
from changeover.ldap.matching import folded, squeezed

# Names without an escape, a space at an edge or two in a row: lower case is their one spelling.
_PLAIN = re.compile(
    r"(?:(?:cn|dc|ou|uid)=[\w.@-]+(?: [\w.@-]+)*(?:,(?=.)|$))+", re.ASCII | re.IGNORECASE
)
# The same by the line, where case is folded already.
_PLAIN_LINES = re.compile(rb"(?:(?:cn|dc|ou|uid)=[a-z0-9_.@-]++(?: [a-z0-9_.@-]++)*+[,\n])*+")
_TYPE = re.compile(r"[a-z][a-z0-9-]*|[0-9]+(?:\.[0-9]+)*")
_PLAIN_RDN = re.compile(r"(?:uid|cn)=[A-Za-z0-9_.@-]+")
# LDAPv2's spellings, which servers still read (RFC 1779): quoted values, and `;` between parts.
_MARKS = re.compile(r'=[ \t\n\r]*"(?:\\.|[^"\\])*"|\\.|[,;+=]', re.DOTALL)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_QUOTED_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BLANKS = " \t\n\r"
_EDGE = re.compile(r"\A[ \t\n\r]+|[ \t\n\r]+\Z")
_SPECIAL = re.compile(r'([,+"\\<>;=])')
_ESCAPE = re.compile(rb'\\(?:([0-9a-fA-F]{2})|([ "#+,;<=>\\]))?')


def normal(dn: str) -> str:
    """The name's one spelling: folded case, one way to escape, parts of an RDN in order.

    Raises ValueError when it is no distinguished name.
    """
    rdn, _, parent = dn.partition(",")
    if parent and _PLAIN_RDN.fullmatch(rdn):
        return f"{rdn.lower()},{_normal_parent(parent)}"
    return _normal(dn)


def normal_all(dns: Collection[bytes]) -> list[str]:
    """The same of many, which are UTF-8: plain ones are looked at together."""
    lines = b"\n".join((*dns, b"")).lower()
    if _PLAIN_LINES.fullmatch(lines) and lines.count(b"\n") == len(dns):
        return lines.decode().splitlines()
    return [normal(dn.decode()) for dn in dns]


def are_plain(dns: Collection[bytes]) -> bool:
    """Whether all are names of cn, dc, ou and uid without anything that needs a closer look."""
    lines = b"\n".join((*dns, b"")).lower()
    return _PLAIN_LINES.fullmatch(lines) is not None and lines.count(b"\n") == len(dns)


def _normal(dn: str) -> str:
    if _PLAIN.fullmatch(dn):
        return dn.lower()
    return ",".join(_normal_rdn(rdn) for rdn in split(dn))


_normal_parent = lru_cache(maxsize=1_000)(_normal)
"""Thousands of entries have the same."""


def part(attribute: str, value: bytes) -> str:
    """The one spelling of what names an entry by this value of an attribute.

    `attribute` by its canonical name. Raises ValueError when the value is not UTF-8.
    """
    return f"{attribute}={_escape(folded_value(attribute, value).decode())}"


def folded_value(attribute: str, value: bytes) -> bytes:
    """The one spelling of a value that names an entry, not escaped."""
    return folded(value) if schema.ignores_case(attribute) else squeezed(value)


def as_printed(dn: str) -> str:
    """With attributes as the schema spells them, as a server prints them; values as they are."""
    return ",".join("+".join(map(_as_printed, split(rdn, "+"))) for rdn in split(dn))


def _as_printed(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{schema.spelled(schema.canonical_name(name.strip()))}{equals}{value}"


def split(dn: str, separator: str = ",") -> list[str]:
    """The parts between separators that are neither escaped nor quoted; `;` is a comma, too."""
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
        elif mark == ";":  # ahead of a value it begins an option, which slapd overreads
            if in_value and separator == ",":
                in_value = False
                yield found.start()
        elif mark in (",", "+"):
            in_value = False
            if mark == separator:
                yield found.start()


def parts(normal_dn: str) -> list[str]:
    """From the entry's own to the base's last."""
    return split(normal_dn) if "\\" in normal_dn else normal_dn.split(",")


def depth(normal_dn: str) -> int:
    """Number of parts: a parent's is smaller than its children's."""
    return len(split(normal_dn)) if "\\" in normal_dn else normal_dn.count(",") + 1


def under(normal_dn: str, parent: str) -> bool:
    return normal_dn.endswith("," + parent)


def parent(normal_dn: str) -> str:
    """Empty where nothing is above."""
    return ",".join(split(normal_dn)[1:]) if "\\" in normal_dn else normal_dn.partition(",")[2]


def _normal_rdn(rdn: str) -> str:
    return "+".join(sorted(_normal_pair(pair) for pair in split(rdn, "+")))


def _normal_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    # slapd overreads options there, as in `cn;lang-de=Mary`.
    name = name.strip().partition(";")[0].lower().removeprefix("oid.")
    name = schema.canonical_name(name)
    if not equals or not _TYPE.fullmatch(name):
        raise ValueError(f"{pair!r} is no part of a distinguished name")
    return part(name, _unescape(value))


def _unescape(written: str) -> bytes:
    value = written.lstrip(_BLANKS)
    if value.startswith("#"):
        return _hex_value(value.strip(" ")[1:])
    if quoted := _QUOTED.fullmatch(value.rstrip(_BLANKS)):
        return _QUOTED_ESCAPE.sub(r"\1", quoted[1]).encode()
    kept = value.rstrip(_BLANKS)
    if kept.endswith("\\"):  # the blank behind it is the value's own
        kept = value[: len(kept) + 1]
    return _ESCAPE.sub(_escaped, kept.encode())


def _escaped(escape: re.Match[bytes]) -> bytes:
    code: bytes | None
    code, special = escape.groups()
    if code is None and special is None:
        raise ValueError("a backslash in a distinguished name escapes nothing")
    return bytes.fromhex(code.decode()) if code else special


def _hex_value(digits: str) -> bytes:
    """The string inside a BER value such as `#0403666f6f` (short lengths are enough for a name)."""
    ber = bytes.fromhex(digits)
    if len(ber) < 2 or ber[1] != len(ber) - 2:  # noqa: PLR2004 - a tag and a length stand ahead
        raise ValueError(f"#{digits} is no value of a distinguished name")
    return ber[2:]


def _escape(value: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", value)
    if value.strip(_BLANKS) != value:  # blanks at an edge would not be read again
        escaped = _EDGE.sub(lambda found: "".join(f"\\{ord(b):02X}" for b in found[0]), escaped)
    return "\\" + escaped if escaped.startswith("#") else escaped
