"""Read a directory's LDIF in a hurry: cut up whole pages at once, by what their lines look like.

What is written in any other way than slapcat's goes through `ldif`, which says what is right: this
module only ever agrees with it, sooner.
"""

import binascii
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from changeover.identities import ldif, schema
from changeover.identities.layouts import Layout, Values, picked


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


Row = tuple[Layout, Values]
"""One entry. Its values are those of the lines, decoded; the first is the dn."""

_PAGE_BYTES = 1 << 20
_NEEDLESS_BLANK = re.compile(rb" [ \n]")
_VERSION = re.compile(rb"^version:", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(rb"^#[^\n]*(?:\n [^\n]*)*\n?", re.MULTILINE)
_GZIP = b"\x1f\x8b"
# More are made by no program: they need not be remembered.
_MOST_SHAPES = 1_000
_NOT_ATTRIBUTES = {"dn", "changetype", "control", "version"}


def opened(path: Path) -> BinaryIO:
    """The LDIF in a file, which may be gzipped."""
    with path.open("rb") as file:
        zipped = file.read(len(_GZIP)) == _GZIP
    return cast(BinaryIO, gzip.open(path)) if zipped else path.open("rb")


def rows(stream: Readable) -> Iterator[Row]:
    """Yield every entry. Raises ldif.Malformed."""
    known = _Layouts()
    for number, page in pages(stream):
        if number == 1:
            known.comments = b"\n#" in page or page.startswith(b"#")
        yield from _page_rows(number, page, known)


def pages(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield whole records by the megabyte, each time with the number of the first line."""
    number, rest = 1, b""
    while part := stream.read(_PAGE_BYTES):
        text = rest + part
        end = max(text.rfind(b"\n\n"), text.rfind(b"\n\r\n"))
        if end < 0:
            rest = text
            continue
        page, rest = text[: end + 1], text[end + 1 :]
        yield number, page
        number += page.count(b"\n")
    if rest:
        yield number, rest


def _page_rows(number: int, page: bytes, known: "_Layouts") -> Iterator[Row]:
    lines = page.replace(b"\r\n", b"\n") if b"\r" in page else page
    if known.comments:
        lines = _COMMENT.sub(b"", lines)
    pieces = lines.split(b"\n ")  # at the folds: to join them again is quicker than to replace
    blanks = _NEEDLESS_BLANK.search(lines) is not None
    if _needs_care(lines, pieces, number, blanks=blanks):
        yield from _careful_rows(page, number, known)
        return
    # An end of line that no value can hold makes the beginning of every line tell.
    text = b"".join(pieces).strip(b"\n").replace(b"\n", b": \n")
    neat = not blanks and text.isascii()
    for record in text.split(b": \n: \n"):
        parts = record.split(b": ")
        shape = known.shape(tuple(parts[::2]), neat=neat or _is_neat(record))
        values = parts[1::2]
        # As many ends of line as names: none of them stands ahead of what was taken for a value.
        if shape and record.count(b"\n") == shape.ends and shape.decode(values):
            yield shape.layout(values), values
        else:
            yield from _odd_rows(record, number, page, known)


def _needs_care(lines: bytes, pieces: list[bytes], number: int, *, blanks: bool) -> bool:
    """Whether cutting at line ends and at `: ` could go wrong somewhere in it."""
    return (
        b"\0" in lines
        or b"\r" in lines
        or (blanks and b":  " in lines)
        or lines.startswith(b" ")
        or any(piece.endswith(b"\n") for piece in pieces[:-1])  # a fold that folds nothing
        or (number == 1 and _VERSION.search(lines) is not None)
    )


def _careful_rows(page: bytes, number: int, known: "_Layouts") -> Iterator[Row]:
    for record in ldif.read(page.split(b"\n"), number):
        yield known.careful_row(record)


def _odd_rows(record: bytes, number: int, page: bytes, known: "_Layouts") -> Iterator[Row]:
    """One record, by the book; a fault is told with its line in the file."""
    lines = record.replace(b": \n", b"\n").split(b"\n")
    try:
        for each in ldif.read(lines, first_line=2):
            yield known.careful_row(each)
    except ldif.Malformed:
        for _ in ldif.read(page.split(b"\n"), number):
            pass
        raise


class _Shape:
    """Records whose lines have the same names: where their values stand."""

    __slots__ = ("_classes", "_encoded", "_layouts", "_lines", "_untidy", "ends")

    def __init__(self, lines: tuple[str, ...], encoded: Sequence[int], *, neat: bool) -> None:
        self._lines = lines
        self._encoded = encoded
        self._classes = picked([at for at, name in enumerate(lines, 1) if _is_class(name)])
        self._untidy = frozenset(encoded) if neat else None
        self._layouts: dict[tuple[bytes, ...], Layout] = {}
        self.ends = len(lines)

    def decode(self, values: Values) -> bool:
        """Undo base64 where there is some; false where it is none, or a value is missing."""
        if len(values) <= self.ends:
            return False
        try:
            for column in self._encoded:
                values[column] = ldif.decode(values[column])
        except binascii.Error:
            return False
        return True

    def layout(self, values: Values) -> Layout:
        classes = self._classes(values)
        layout = self._layouts.get(classes)
        if layout is None:
            layout = self._layouts[classes] = Layout(self._lines, classes, self._untidy)
        return layout


class _Layouts:
    """Those that were met, by their names as the file spells them."""

    def __init__(self) -> None:
        self.comments = False
        """Whoever wrote the file comments: those who never do are not searched for it."""
        self._neat: dict[tuple[bytes, ...], _Shape] = {}
        self._untidy: dict[tuple[bytes, ...], _Shape] = {}
        self._careful: dict[tuple[tuple[str, ...], tuple[bytes, ...]], Layout] = {}

    def shape(self, names: tuple[bytes, ...], *, neat: bool) -> _Shape | None:
        """None where a line is anything but `name: value` or `name:: base64`."""
        shapes = self._neat if neat else self._untidy
        shape = shapes.get(names)
        if shape is None:
            shape = _shape(names, neat=neat)
            if shape and len(shapes) < _MOST_SHAPES:
                shapes[names] = shape
        return shape

    def careful_row(self, record: ldif.Record) -> Row:
        lines = tuple(name for name, _ in record.attributes)
        classes = tuple(value for name, value in record.attributes if _is_class(name))
        layout = self._careful.get((lines, classes))
        if layout is None:
            layout = Layout(lines, classes)
            if len(self._careful) < _MOST_SHAPES:
                self._careful[lines, classes] = layout
        return layout, [record.dn.encode(), *(value for _, value in record.attributes)]


def _shape(names: tuple[bytes, ...], *, neat: bool) -> _Shape | None:
    """None when these are not the beginnings of the lines of one entry."""
    first, *others = names
    lines = [name.removeprefix(b"\n").removesuffix(b":") for name in others]
    if first != b"dn" or not lines or not all(name.startswith(b"\n") for name in others):
        return None
    if not all(map(ldif.DESCRIPTION.fullmatch, lines)):
        return None
    spelled = tuple(line.decode() for line in lines)
    if any(name.lower() in _NOT_ATTRIBUTES for name in spelled):
        return None
    encoded = [at for at, name in enumerate(names) if name.endswith(b":")]
    return _Shape(spelled, encoded, neat=neat)


def _is_class(name: str) -> bool:
    return schema.canonical_name(name) == "objectclass"


def _is_neat(record: bytes) -> bool:
    """Lower case is all that it takes to fold its values."""
    return (
        record.isascii()
        and b"  " not in record
        and b" : \n" not in record
        and not record.endswith(b" ")
    )
