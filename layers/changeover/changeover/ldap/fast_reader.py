"""Read a directory's LDIF in a hurry: cut up whole pages at once, by what their lines look like.

What is written in any other way than slapcat's goes through `ldif`, which says what is right: this
module only ever agrees with it, sooner.
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
"""One entry: its dn, then the value of each line, decoded; some of the server's may be gone."""

# Here it matters more what a page takes in memory than how quickly it is cut up.
_LARGE = 1 << 20
_NEEDLESS_BLANK = re.compile(rb" [ \n]")
_VERSION = re.compile(rb"^version:", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(rb"^#[^\n]*+(?:\n [^\n]*+)*+\n?", re.MULTILINE)
# What slapd adds to an entry, where it stands together and sound: nobody wants to know it.
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
    """The LDIF in a file from its beginning: another stream if it is gzipped."""
    file.seek(0)
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=file)) if zipped else file


def rows(stream: Readable) -> Iterator[Row]:
    """Yield every entry. Raises ldif.Malformed."""
    return chain.from_iterable(rows_by_page(stream))


def rows_by_page(stream: Readable) -> Iterator[list[Row]]:
    """The same, many at once: what is done for them together is done sooner."""
    shapes = Shapes()
    for number, page in pages(stream):
        if not _is_empty(page):
            yield _page_rows(number, page, shapes)


def _is_empty(page: bytes) -> bool:
    return page.isspace() and not page.replace(b"\r\n", b"\n").strip(b"\n")


def _page_rows(number: int, page: bytes, shapes: Shapes) -> list[Row]:
    lines = page.replace(b"\r\n", b"\n") if b"\r" in page else page
    if b"#" in page and (b"\n#" in page or page.startswith(b"#")):  # the first is seen sooner
        lines = _COMMENT.sub(b"", lines)
    rows: list[Row] | None = None
    with suppress(ldif.Malformed):
        rows = _cut_up(lines, shapes, first=number == 1)
    if rows is None:  # by the book, which also knows in which line of the file a fault is
        rows = [shapes.row_of(record) for record in ldif.read(io.BytesIO(page), number)]
    return rows


def _cut_up(lines: bytes, shapes: Shapes, *, first: bool) -> list[Row] | None:
    """None, or ldif.Malformed, where there is a doubt."""
    text = _unfolded(_SERVERS_OWN.sub(b"", lines))
    if text is None or (first and _VERSION.search(text)):
        return None
    blanks = text.endswith(b" ") or _NEEDLESS_BLANK.search(text) is not None
    if _needs_care(lines, text, blanks=blanks):
        return None
    # An end of line that no value can hold makes the beginning of every line tell.
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
    # As many ends of line as names: none of them stands ahead of what was taken for a value.
    return rows if ends == text.count(b"\n") else None


def _unfolded(lines: bytes) -> bytes | None:
    """None where a line begins with a blank that folds nothing."""
    if len(lines) > _LARGE:
        if any(each in lines for each in (b"\n\n ", b"\n \n ")) or lines.startswith(b"\n "):
            return None
        return lines.replace(b"\n ", b"")
    pieces = lines.split(b"\n ")  # quicker joined again than replaced
    if any(not piece or piece.endswith(b"\n") for piece in pieces[:-1]):
        return None
    return b"".join(pieces)


def _needs_care(lines: bytes, text: bytes, *, blanks: bool) -> bool:
    """Whether cutting at line ends and at `: ` could go wrong somewhere in it."""
    return (
        # Each piece of a value takes many times its bytes.
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
    """One record, by the book."""
    lines = record.replace(b": \n", b"\n").split(b"\n")
    return [shapes.row_of(each) for each in ldif.read(lines, first_line=2)]


def _is_neat(record: bytes) -> bool:
    """Lower case is all that it takes to fold its values."""
    return (
        record.isascii()
        and b"  " not in record
        and b" : \n" not in record
        and not record.endswith(b" ")
    )
