"""What records look like before they are read: the names of their lines, and where values stand."""

import binascii
from collections.abc import Sequence

from changeover.identities import ldif, schema
from changeover.identities.layouts import Layout, Row, Values, picked

# More are made by no program: they need not be remembered.
_MOST = 1_000
_NOT_ATTRIBUTES = {"dn", "changetype", "control", "version"}


class Shape:
    """Records whose lines have the same names: where their values stand."""

    __slots__ = ("_classes", "_encoded", "_layouts", "ends")

    def __init__(self, lines: tuple[str, ...], encoded: Sequence[int], *, neat: bool) -> None:
        self._encoded = encoded
        self._classes = picked([at for at, name in enumerate(lines, 1) if _is_class(name)])
        self._layouts = _Layouts(lines, frozenset(encoded) if neat else None)
        self.ends = len(lines)

    def row(self, values: Values) -> Row | None:
        """Undo base64 where there is some; None where it is none, or a value is missing."""
        if len(values) <= self.ends:
            return None
        try:
            for column in self._encoded:
                values[column] = ldif.decode(values[column])
        except binascii.Error:
            return None
        return self._layouts[self._classes(values)], values


class _Layouts(dict[tuple[bytes, ...], Layout]):
    """Those of one shape, by object classes; filled as they are met."""

    def __init__(self, lines: tuple[str, ...], untidy: frozenset[int] | None) -> None:
        self._lines = lines
        self._untidy = untidy

    def __missing__(self, classes: tuple[bytes, ...]) -> Layout:
        layout = self[classes] = Layout(self._lines, classes, self._untidy)
        return layout


class _ByNames(dict[tuple[bytes, ...], Shape | None]):
    """Shapes by their names as the file spells them; filled as they are met.

    None where a line is anything but `name: value` or `name:: base64`.
    """

    def __init__(self, *, neat: bool) -> None:
        self._neat = neat

    def __missing__(self, names: tuple[bytes, ...]) -> Shape | None:
        shape = _shape(names, neat=self._neat)
        if shape and len(self) < _MOST:
            self[names] = shape
        return shape


class Shapes:
    """Those that were met, of records that need no more than lower case to be folded, or may."""

    def __init__(self) -> None:
        self.neat = _ByNames(neat=True)
        self.untidy = _ByNames(neat=False)
        self._careful: dict[tuple[tuple[str, ...], tuple[bytes, ...]], Layout] = {}

    def layout_of(self, record: ldif.Record) -> Layout:
        """That of a record which was read by the line."""
        lines = tuple(name for name, _ in record.attributes)
        classes = tuple(value for name, value in record.attributes if _is_class(name))
        layout = self._careful.get((lines, classes))
        if layout is None:
            layout = Layout(lines, classes)
            if len(self._careful) < _MOST:
                self._careful[lines, classes] = layout
        return layout


def _shape(names: tuple[bytes, ...], *, neat: bool) -> Shape | None:
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
    return Shape(spelled, encoded, neat=neat)


def _is_class(name: str) -> bool:
    return schema.canonical_name(name) == "objectclass"
