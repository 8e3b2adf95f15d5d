"""Read and write LDIF content records (RFC 2849), byte for byte."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from changeover.ldap import foreign_formats, unfolding

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*")
DESCRIPTION = re.compile(rb"(?:" + _NAME.pattern + rb")(?:;[A-Za-z0-9-]+)*")
# Narrower than the RFC: slapd drops a tab at the beginning of a value.
_SAFE = re.compile(rb"(?![ :<])[ -~]*(?<! )")
_LINE_BYTES = 76
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")
_MARKS = {
    b"\xef\xbb\xbf": "begins with a byte order mark",
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
}
_OF_CHANGES = {"changetype", "control"}
_FOREIGN = _OF_CHANGES | foreign_formats.PROGRAMS
# ldapsearch prints these at the end, unless it runs with -LLL.
_SUMMARY = {"search", "result", "ref"}


class Malformed(ValueError):
    """The text is not LDIF with content records.

    `reason` says why. `line` is the line number, or None if no single line is wrong.
    """

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


class _Torn(Malformed):
    """An error that a truncated file may have caused."""


@dataclass(slots=True)
class Record:
    """One entry as written: (name, value) pairs in file order, names as spelled."""

    dn: str
    attributes: list[tuple[str, bytes]] = field(default_factory=list)


def read(lines: Iterable[bytes], first_line: int = 1) -> Iterator[Record]:
    """Yield every record of a stream of lines. Raises Malformed at the first error.

    `first_line` is the number of the first line. A `version:` line is allowed only if it is 1.
    """
    source = unfolding.Lines(lines)
    try:
        yield from _records(source, first_line)
    except _Torn as fault:
        hint = "; is the file cut off?" if source.end_is_missing() else ""
        raise Malformed(fault.line, fault.reason + hint) from None


def _records(lines: unfolding.Lines, first_line: int) -> Iterator[Record]:
    record: Record | None = None
    begins = 0
    started = first_line > 1
    for number, text in _logical(lines, first_line):
        if not text:
            if record is not None:
                yield _complete(record, begins)
            record = None
            continue
        name, value = _attribute(number, text, first=not started)
        folded = name.lower()
        if not started and folded == "version":
            if value != b"1":
                raise Malformed(number, "only LDIF version 1 is supported")
            started = True
            continue
        if record is None:
            record, begins = Record(_dn(number, name, value, text, first=not started)), number
        elif folded == "dn":
            raise Malformed(number, "a second dn: an empty line between two entries is missing")
        elif folded in _FOREIGN:
            raise Malformed(number, _foreign(name, text))
        else:
            record.attributes.append((name, value))
        started = True
    if record is not None:
        yield _complete(record, begins)


def write(records: Iterable[Record]) -> Iterator[bytes]:
    """Yield each record as text that slapadd and ldapadd accept, followed by an empty line."""
    for record in records:
        lines = [line(name, value) for name, value in record.attributes]
        yield b"".join((line("dn", record.dn.encode()), *lines, b"\n"))


def line(name: str, value: bytes) -> bytes:
    """Return `name: value` as LDIF, in base64 if the value requires it, folded at 76 bytes."""
    if _SAFE.fullmatch(value):
        text = name.encode() + b": " + value if value else name.encode() + b":"
    else:
        text = name.encode() + b":: " + base64.b64encode(value)
    if len(text) <= _LINE_BYTES:
        return text + b"\n"
    head, rest = text[:_LINE_BYTES], text[_LINE_BYTES:]
    step = _LINE_BYTES - 1
    tail = (b" " + rest[at : at + step] + b"\n" for at in range(0, len(rest), step))
    return head + b"\n" + b"".join(tail)


def _logical(lines: unfolding.Lines, first_line: int) -> Iterator[tuple[int, bytes]]:
    try:
        yield from lines.unfolded(first_line)
    except unfolding.ContinuesNothing as fault:
        known = foreign_formats.judge(fault.text, first=True) if fault.line == 1 else ""
        reason = known or "a continuation line without a line before it"
        raise Malformed(fault.line, reason) from None


def _attribute(number: int, text: bytes, *, first: bool) -> tuple[str, bytes]:
    description, colon, rest = text.partition(b":")
    if not (colon and DESCRIPTION.fullmatch(description)):
        raise _strangeness(number, text, first=first)
    if rest.startswith(b"<"):
        raise Malformed(number, "a value by URL is not accepted")
    if rest.startswith(b":"):
        return description.decode(), _decode(number, rest[1:].strip(b" "))
    if b"\0" in rest or b"\r" in rest:
        raise Malformed(number, "a control character that must be encoded in base64")
    return description.decode(), rest.lstrip(b" ")


def _foreign(name: str, text: bytes) -> str:
    """Return the reason why a line of an entry is not an attribute."""
    if name.lower() in _OF_CHANGES:
        return (
            f"{name}: this LDIF contains change records, which are not accepted: pass an export of"
            " the whole directory"
        )
    return foreign_formats.judge(text, first=False)


def _strangeness(number: int, text: bytes, *, first: bool) -> Malformed:
    """Return the error for a line that does not begin as an LDIF line does."""
    for mark, fault in _MARKS.items():
        if text.startswith(mark):
            return Malformed(number, f"the file {fault}: save it as plain UTF-8")
    if known := foreign_formats.judge(text, first=first):
        return Malformed(number, known)
    description, colon, _ = text.partition(b":")
    hint = "; is this a text file?" if _CONTROL.search(description) else ""
    if colon:
        # The line is not quoted, because it may be part of a password hash.
        return Malformed(number, f"no attribute name before the colon{hint}")
    kind = Malformed if hint else _Torn
    return kind(number, f"neither 'name: value' nor a continuation line{hint}")


def decode(text: bytes) -> bytes:
    """Decode base64. Raises binascii.Error if the text contains anything else."""
    if len(text) % 4:  # Python 3.11 ignores excess padding
        raise binascii.Error("Incorrect padding")
    return binascii.a2b_base64(text, strict_mode=True)


def _decode(number: int, text: bytes) -> bytes:
    try:
        return decode(text)
    except binascii.Error as error:
        raise _Torn(number, f"bad base64 ({error})") from None


def _dn(number: int, name: str, value: bytes, text: bytes, *, first: bool) -> str:
    if name.lower() in _SUMMARY:
        raise Malformed(
            number,
            f"{name!r} is output of ldapsearch: export with slapcat, or with ldapsearch -LLL",
        )
    if name.lower() != "dn":
        if known := foreign_formats.judge(text, first=first):
            raise Malformed(number, known)
        raise Malformed(number, f"an entry begins with 'dn:', not with {name!r}")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _Torn(number, "the dn is not UTF-8") from None


def _complete(record: Record, number: int) -> Record:
    if not record.attributes:
        raise _Torn(number, f"the entry {record.dn!r} has no attributes")
    return record
