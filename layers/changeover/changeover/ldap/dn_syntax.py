"""Whether slapd accepts a text as a distinguished name. Module `dn` compares DNs."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from changeover.ldap.schema_lookup import Attribute

LONGEST = 8_192
"""The longest DN that slapd accepts, in bytes."""

_BLANKS = b" \t\n\r"
# An attribute name, its options (slapd drops them), and `=`.
_TYPE = re.compile(
    rb"[ \t\n\r]*([A-Za-z][A-Za-z0-9-]*|(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+)"
    rb"(?:(?<![0-9.]);[A-Za-z0-9;-]*)?[ \t\n\r]*=[ \t\n\r]*"
)
_VALUE = re.compile(rb'(?:\\(?:[ "#+,;<=>\\]|[0-9A-Fa-f]{2})|[^"+,;<>\\\0])*')
_QUOTED = re.compile(rb'"((?:\\[^\0]|[^"\\\0])*)"[ \t\n\r]*')
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPE_IN_QUOTES = re.compile(rb"\\(.)", re.DOTALL)

Judge = Callable[[bytes], bool]
"""A function that checks whether a value is valid for a syntax."""


class Naming(NamedTuple):
    """An attribute in a DN, and the check for its values."""

    attribute: Attribute
    judge: Judge


Lookup = Callable[[str], Naming | None]
"""A function that finds an attribute by its name in lower case; None if no schema defines it."""
Pair = tuple[Naming, bytes]


def is_dn(value: bytes, lookup: Lookup) -> bool:
    """Whether the value is empty, or a DN whose attributes are all known."""
    try:
        return len(value) <= LONGEST and all(map(_is_sound, parts(value, lookup)))
    except ValueError:
        return False


def parts(value: bytes, lookup: Lookup) -> Iterator[Sequence[Pair]]:
    """Yield each RDN of the DN as pairs of attribute and value. Raises ValueError if wrong."""
    at = 0
    while at < len(value):
        rdn: list[Pair] = []
        separator = b"+"
        while separator == b"+":
            pair, at = _pair(value, at, lookup)
            rdn.append(pair)
            separator = value[at : at + 1]
            at += 1
        yield rdn
    if at == len(value) > 0:
        raise ValueError("the DN ends with a separator")


def _pair(value: bytes, at: int, lookup: Lookup) -> tuple[Pair, int]:
    kind = _TYPE.match(value, at)
    if kind is None:
        raise ValueError("an attribute name is missing")
    naming = lookup(kind[1].decode().lower())
    if naming is None:
        raise ValueError("the attribute is not known")
    at = kind.end()
    if value[at : at + 1] == b'"' and (quoted := _QUOTED.match(value, at)):
        text, at = _ESCAPE_IN_QUOTES.sub(rb"\1", quoted[1]), quoted.end()
    else:
        written = _VALUE.match(value, at)
        assert written is not None
        text, at = _unescaped(written[0]), written.end()
    if value[at : at + 1] not in (b"", b",", b";", b"+"):
        raise ValueError("a character after the value must be escaped")
    return (naming, text), at


def _unescaped(written: bytes) -> bytes:
    if written.startswith(b"#"):
        raise ValueError("slapd does not accept values in BER")
    kept = written.rstrip(_BLANKS)
    if kept.endswith(b"\\") and len(kept) < len(written):
        kept = written[: len(kept) + 1]  # the space after the backslash belongs to the value
    return _ESCAPE.sub(lambda found: _character(found[1]), kept)


def _character(escaped: bytes) -> bytes:
    return bytes.fromhex(escaped.decode()) if len(escaped) > 1 else escaped


def _is_sound(rdn: Sequence[Pair]) -> bool:
    """Whether each attribute occurs once in the RDN, with a valid value."""
    names = {naming.attribute.name for naming, _ in rdn}
    return len(names) == len(rdn) and all(
        text.strip(b" " if "IA5" in naming.attribute.equality else b"")
        and not naming.attribute.type.ordered
        and naming.judge(text)
        for naming, text in rdn
    )
