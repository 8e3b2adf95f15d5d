"""Record shapes: the attribute names of a record's lines, from which its layout follows."""

import binascii
from collections.abc import Callable, Sequence

from changeover.ldap import foreign_formats, ldif, schema
from changeover.ldap.entry_layout import Layout, Row, Values, picked

# Programs create fewer shapes than this. Do not cache more.
_MOST = 1_000
# Do not cache wider shapes. Large groups rarely have equally many members, so each takes memory.
_WIDEST = 10_000
_NOT_ATTRIBUTES = {"dn", "changetype", "control", "version", *foreign_formats.PROGRAMS}

Cutter = Callable[[Values], Row | None]
"""Converts a record's written values to a row. Returns None if a value is missing or wrong."""


class Cutters(dict[tuple[bytes, ...], Cutter]):
    """Cutters by the names of a record's lines, as the file spells them. Filled on first use.

    Cutters for `neat` records assume that lower case is enough to fold every value, except values
    in base64.
    """

    def __init__(self, *, neat: bool) -> None:
        self._neat = neat

    def __missing__(self, names: tuple[bytes, ...]) -> Cutter:
        lines = _lines(names)
        if lines is None:
            return lambda _values: None
        encoded = [at for at, name in enumerate(names) if name.endswith(b":")]
        cutter = _cutter(lines, encoded, neat=self._neat)
        if len(self) < _MOST and len(names) <= _WIDEST:
            self[names] = cutter
        return cutter


class Shapes:
    """The record shapes of one export, from both the fast and the reference reader."""

    def __init__(self) -> None:
        self.neat = Cutters(neat=True)
        self.untidy = Cutters(neat=False)
        self._by_line: dict[tuple[tuple[str, ...], tuple[bytes, ...]], Layout] = {}

    def row_of(self, record: ldif.Record) -> Row:
        """Return the row of a record that the reference reader read."""
        lines = tuple(name for name, _ in record.attributes)
        classes = tuple(value for name, value in record.attributes if _is_class(name))
        layout = self._by_line.get((lines, classes))
        if layout is None:
            layout = Layout(lines, classes)
            if len(self._by_line) < _MOST and len(lines) <= _WIDEST:
                self._by_line[lines, classes] = layout
        return layout, [record.dn.encode(), *(value for _, value in record.attributes)]


class _Layouts(dict[tuple[bytes, ...], Layout]):
    """Layouts of one shape, by object classes. Filled on first use."""

    def __init__(self, lines: tuple[str, ...], untidy: frozenset[int] | None) -> None:
        self._lines = lines
        self._untidy = untidy

    def __missing__(self, classes: tuple[bytes, ...]) -> Layout:
        layout = Layout(self._lines, classes, self._untidy)
        if len(self) < _MOST:
            self[classes] = layout
        return layout


def _cutter(lines: tuple[str, ...], encoded: Sequence[int], *, neat: bool) -> Cutter:
    size = 1 + len(lines)
    classes = picked([at for at, name in enumerate(lines, 1) if _is_class(name)])
    layouts = _Layouts(lines, frozenset(encoded) if neat else None)

    def cut(values: Values) -> Row | None:
        if len(values) < size:
            return None
        try:
            for column in encoded:
                values[column] = ldif.decode(values[column])
        except binascii.Error:
            return None
        return layouts[classes(values)], values

    return cut


def _lines(names: tuple[bytes, ...]) -> tuple[str, ...] | None:
    """Return the attribute names of one entry's lines, or None if these are not such names."""
    first, *others = names
    lines = [name.removeprefix(b"\n").removesuffix(b":") for name in others]
    if first != b"dn" or not lines or not all(name.startswith(b"\n") for name in others):
        return None
    if not all(map(ldif.DESCRIPTION.fullmatch, lines)):
        return None
    spelled = tuple(line.decode() for line in lines)
    return None if any(name.lower() in _NOT_ATTRIBUTES for name in spelled) else spelled


def _is_class(name: str) -> bool:
    return schema.canonical_name(name) == "objectclass"
