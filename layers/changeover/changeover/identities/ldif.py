"""Read and write LDIF content records (RFC 2849) without losing or inventing a byte."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*")
DESCRIPTION = re.compile(rb"(?:" + _NAME.pattern + rb")(?:;[A-Za-z0-9-]+)*")
# Narrower than the standard: slapd takes a tab that a value begins with for a needless blank.
_SAFE = re.compile(rb"(?![ :<])[ -~]*(?<! )")
_LINE_BYTES = 76
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")
_MARKS = {
    b"\xef\xbb\xbf": "begins with a byte order mark",
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
}
# ldapsearch says so at the end, unless it is told not to.
_SUMMARY = {"search", "result", "ref"}


class Malformed(ValueError):
    """The text is not an LDIF of content records; says why, and where if it is one place."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Record:
    """One entry as written: `attributes` in their order, names as spelled, values as bytes."""

    dn: str
    attributes: list[tuple[str, bytes]] = field(default_factory=list)


def read(lines: Iterable[bytes], first_line: int = 1) -> Iterator[Record]:
    """Yield every record of a stream of lines; raises Malformed at the first fault.

    `first_line` is the number of the first of them: a version may be told in line 1's record only.
    """
    record: Record | None = None
    begins = 0
    started = first_line > 1
    for number, text in _logical_lines(lines, first_line):
        if not text:
            if record is not None:
                yield _complete(record, begins)
            record = None
            continue
        name, value = _attribute(number, text)
        folded = name.lower()
        if not started and folded == "version":
            if value != b"1":
                raise Malformed(number, "only LDIF version 1 is known")
            started = True
            continue
        started = True
        if record is None:
            record, begins = Record(_dn(number, name, value)), number
        elif folded == "dn":
            raise Malformed(number, "a second dn: an empty line between two entries is missing")
        elif folded in ("changetype", "control"):
            raise Malformed(number, f"{name}: change records are not accepted here")
        else:
            record.attributes.append((name, value))
    if record is not None:
        yield _complete(record, begins)


def write(records: Iterable[Record]) -> Iterator[bytes]:
    """Yield each record as text that slapadd and ldapadd take, an empty line after it."""
    for record in records:
        lines = [line(name, value) for name, value in record.attributes]
        yield b"".join((line("dn", record.dn.encode()), *lines, b"\n"))


def line(name: str, value: bytes) -> bytes:
    """`name: value`, in base64 where the value needs it, folded at 76 bytes."""
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


def _logical_lines(lines: Iterable[bytes], first_line: int) -> Iterator[tuple[int, bytes]]:
    """Unfolded lines without their ends and without comments, with the number of their first."""
    start = 0
    pieces: list[bytes] = []
    for number, raw in enumerate(lines, first_line):
        physical = raw.rstrip(b"\n").removesuffix(b"\r")
        folded = physical.startswith(b" ")
        if folded and pieces and pieces[0]:
            pieces.append(physical[1:])
            continue
        if pieces and not pieces[0].startswith(b"#"):
            yield start, b"".join(pieces)
        if folded:
            raise Malformed(number, "a continuation line that continues nothing")
        start, pieces = number, [physical]
    if pieces and not pieces[0].startswith(b"#"):
        yield start, b"".join(pieces)


def _attribute(number: int, text: bytes) -> tuple[str, bytes]:
    description, colon, rest = text.partition(b":")
    if not (colon and DESCRIPTION.fullmatch(description)):
        raise Malformed(number, _strangeness(description, named=bool(colon)))
    if rest.startswith(b"<"):
        raise Malformed(number, "a value by URL is not accepted")
    if rest.startswith(b":"):
        return description.decode(), _decode(number, rest[1:].strip(b" "))
    if b"\0" in rest or b"\r" in rest:
        raise Malformed(number, "a control character that only base64 may hold")
    return description.decode(), rest.lstrip(b" ")


def _strangeness(description: bytes, *, named: bool) -> str:
    """What is wrong with a line that does not begin as one of LDIF."""
    for mark, fault in _MARKS.items():
        if description.startswith(mark):
            return f"the file {fault}: save it as plain UTF-8"
    hint = "; is this text, as an export is?" if _CONTROL.search(description) else ""
    if named:
        # Not quoted: part of a password hash may stand there, by itself a line.
        return f"no attribute name stands ahead of the colon{hint}"
    return f"neither 'name: value' nor a continuation{hint or '; is the file cut off?'}"


def decode(text: bytes) -> bytes:
    """Of base64 as LDIF has it. Raises binascii.Error unless it is nothing else."""
    if len(text) % 4:  # Python 3.11 overlooks padding that is too much
        raise binascii.Error("Incorrect padding")
    return binascii.a2b_base64(text, strict_mode=True)


def _decode(number: int, text: bytes) -> bytes:
    try:
        return decode(text)
    except binascii.Error as error:
        raise Malformed(number, f"bad base64 ({error}); is the file cut off?") from None


def _dn(number: int, name: str, value: bytes) -> str:
    if name.lower() in _SUMMARY:
        raise Malformed(
            number, f"{name!r} is ldapsearch's own: export with slapcat, or else ldapsearch -LLL"
        )
    if name.lower() != "dn":
        raise Malformed(number, f"an entry begins with 'dn:', not with {name!r}")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed(number, "the dn is not UTF-8; is the file cut off?") from None


def _complete(record: Record, number: int) -> Record:
    if not record.attributes:
        raise Malformed(number, f"the entry {record.dn!r} has no attributes; is the file cut off?")
    return record
