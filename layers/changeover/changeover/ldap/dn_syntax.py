"""Whether slapd takes a text for a distinguished name; `dn` says which names are the same."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from changeover.ldap.schema_lookup import Attribute

LONGEST = 8_192
"""Bytes that slapd reads of a name."""

_BLANKS = b" \t\n\r"
# An attribute's name, options behind it (slapd drops them), and `=`.
_TYPE = re.compile(
    rb"[ \t\n\r]*([A-Za-z][A-Za-z0-9-]*|(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+)"
    rb"(?:(?<![0-9.]);[A-Za-z0-9;-]*)?[ \t\n\r]*=[ \t\n\r]*"
)
_VALUE = re.compile(rb'(?:\\(?:[ "#+,;<=>\\]|[0-9A-Fa-f]{2})|[^"+,;<>\\\0])*')
_QUOTED = re.compile(rb'"((?:\\[^\0]|[^"\\\0])*)"[ \t\n\r]*')
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPE_IN_QUOTES = re.compile(rb"\\(.)", re.DOTALL)

Judge = Callable[[bytes], bool]
"""Whether a value is one of its attribute's syntax."""


class Naming(NamedTuple):
    """An attribute as part of a name, and what its values must be."""

    attribute: Attribute
    judge: Judge


Lookup = Callable[[str], Naming | None]
"""By a name in lower case; None when no schema knows it."""
Pair = tuple[Naming, bytes]


def is_dn(value: bytes, lookup: Lookup) -> bool:
    """Whether the value is a name, or empty, of attributes that are known."""
    try:
        return len(value) <= LONGEST and all(map(_is_sound, parts(value, lookup)))
    except ValueError:
        return False


def parts(value: bytes, lookup: Lookup) -> Iterator[Sequence[Pair]]:
    """Yield each part of the name: its attributes and values. Raises ValueError at a fault."""
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
        raise ValueError("the name ends in a separator")


def _pair(value: bytes, at: int, lookup: Lookup) -> tuple[Pair, int]:
    kind = _TYPE.match(value, at)
    if kind is None:
        raise ValueError("no attribute begins there")
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
        raise ValueError("a character there must be escaped")
    return (naming, text), at


def _unescaped(written: bytes) -> bytes:
    if written.startswith(b"#"):
        raise ValueError("slapd takes no values in BER")
    kept = written.rstrip(_BLANKS)
    if kept.endswith(b"\\") and len(kept) < len(written):
        kept = written[: len(kept) + 1]  # the blank behind a backslash is the value's own
    return _ESCAPE.sub(lambda found: _character(found[1]), kept)


def _character(escaped: bytes) -> bytes:
    return bytes.fromhex(escaped.decode()) if len(escaped) > 1 else escaped


def _is_sound(rdn: Sequence[Pair]) -> bool:
    """Each attribute once, each with a value of its syntax."""
    names = {naming.attribute.name for naming, _ in rdn}
    return len(names) == len(rdn) and all(
        text.strip(b" " if "IA5" in naming.attribute.equality else b"")
        and not naming.attribute.type.ordered
        and naming.judge(text)
        for naming, text in rdn
    )
