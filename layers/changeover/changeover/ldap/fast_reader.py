"""Read LDIF fast: split whole pages of records at once.

Text that is not formatted as slapcat formats it goes through module `ldif`. That module is the
reference: this one returns the same result faster, or falls back to it.
"""

import gzip
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import BinaryIO, cast

from changeover.ldap import entry_layout, ldif
from changeover.ldap.pages import Readable, pages
from changeover.ldap.record_shapes import Shapes

Row = entry_layout.Row
"""One entry: its DN, then the decoded value of each line. Some operational values are dropped."""

# From this size on (bytes), memory matters more than speed.
_LARGE = 1 << 20
_NEEDLESS_BLANK = re.compile(rb" [ \n]")
_VERSION = re.compile(rb"^version:", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(rb"^#[^\n]*+(?:\n [^\n]*+)*+\n?", re.MULTILINE)
# The operational attributes that slapd adds, if they are consecutive and well-formed. No rule reads
# them.
_SERVERS_OWN = re.compile(
    rb"\nentryUUID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    rb"\ncreatorsName: [^\n]*+"
    rb"\ncreateTimestamp: [0-9]{14}Z"
    rb"\nentryCSN: [0-9]{14}\.[0-9]{6}Z#[0-9a-f]{6}#[0-9a-f]{3}#[0-9a-f]{6}"
    rb"\nmodifiersName: [^\n]*+"
    rb"\nmodifyTimestamp: [0-9]{14}Z(?!\n |[^\n])"
)
_GZIP = b"\x1f\x8b"


def unzipped(file: BinaryIO) -> BinaryIO:
    """Return a stream of the file's LDIF from its beginning, decompressed if it is gzip."""
    file.seek(0)
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=file)) if zipped else file


def rows(stream: Readable) -> Iterator[Row]:
    """Yield every entry. Raises ldif.Malformed if the text is not LDIF."""
    return chain.from_iterable(rows_by_page(stream))


def rows_by_page(stream: Readable) -> Iterator[list[Row]]:
    """Yield entries in lists, because work on many at once is faster. Raises ldif.Malformed."""
    shapes = Shapes()
    for number, page in pages(stream):
        if not _is_empty(page):
            yield _page_rows(number, page, shapes)


def _is_empty(page: bytes) -> bool:
    return page.isspace() and not page.replace(b"\r\n", b"\n").strip(b"\n")


def _page_rows(number: int, page: bytes, shapes: Shapes) -> list[Row]:
    lines = page.replace(b"\r\n", b"\n") if b"\r" in page else page
    if b"#" in page and (b"\n#" in page or page.startswith(b"#")):  # the first test is the fastest
        lines = _COMMENT.sub(b"", lines)
    rows: list[Row] | None = None
    with suppress(ldif.Malformed):
        rows = _cut_up(lines, shapes, first=number == 1)
    if rows is None:  # use the reference reader, which also reports the line of an error
        rows = [shapes.row_of(record) for record in ldif.read(io.BytesIO(page), number)]
    return rows


def _cut_up(lines: bytes, shapes: Shapes, *, first: bool) -> list[Row] | None:
    """Return the rows of a page. In doubt return None, or raise ldif.Malformed."""
    text = _unfolded(_SERVERS_OWN.sub(b"", lines))
    if text is None or (first and _VERSION.search(text)):
        return None
    blanks = text.endswith(b" ") or _NEEDLESS_BLANK.search(text) is not None
    if _needs_care(lines, text, blanks=blanks):
        return None
    # No value can contain this line end, so that it marks the beginning of every line.
    text = text.strip(b"\n").replace(b"\n", b": \n")
    records = text.split(b": \n: \n")
    neat = not blanks and text.isascii()
    rows: list[Row] = []
    ends = 2 * (len(records) - 1)
    for record in records:
        parts = record.split(b": ")
        cutters = shapes.neat if neat or _is_neat(record) else shapes.untidy
        row = cutters[tuple(parts[::2])](parts[1::2])
        if row:
            rows.append(row)
            ends += len(row[1]) - 1
        else:
            rows += _odd_rows(record, shapes)
            ends += record.count(b"\n")
    # There must be as many line ends as names. Otherwise a line end was read as part of a value.
    return rows if ends == text.count(b"\n") else None


def _unfolded(lines: bytes) -> bytes | None:
    """Join folded lines. Return None if a line begins with a space but continues no line."""
    if len(lines) > _LARGE:
        if any(each in lines for each in (b"\n\n ", b"\n \n ")) or lines.startswith(b"\n "):
            return None
        return lines.replace(b"\n ", b"")
    pieces = lines.split(b"\n ")  # split and join is faster than replace
    if any(not piece or piece.endswith(b"\n") for piece in pieces[:-1]):
        return None
    return b"".join(pieces)


def _needs_care(lines: bytes, text: bytes, *, blanks: bool) -> bool:
    """Whether a split at line ends and at `: ` could be wrong."""
    return (
        # Each piece of a value takes many times its size in memory.
        (len(text) > _LARGE and text.count(b": ") > 2 * text.count(b"\n"))
        or b"\0" in lines
        or b"\r" in lines
        or (blanks and b":  " in text)
        or text.startswith(b" ")
        or not _is_utf8(text)
    )


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


def _odd_rows(record: bytes, shapes: Shapes) -> list[Row]:
    """Read one record with the reference reader."""
    lines = record.replace(b": \n", b"\n").split(b"\n")
    return [shapes.row_of(each) for each in ldif.read(lines, first_line=2)]


def _is_neat(record: bytes) -> bool:
    """Whether lower case is enough to fold the values: they are ASCII without extra spaces."""
    return (
        record.isascii()
        and b"  " not in record
        and b" : \n" not in record
        and not record.endswith(b" ")
    )
