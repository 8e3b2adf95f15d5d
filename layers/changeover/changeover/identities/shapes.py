"""What records look like before they are read: the names of their lines, and where values stand."""

import binascii
from collections.abc import Sequence

from changeover.identities import ldif, schema
from changeover.identities.layouts import Layout, Values, picked

# More are made by no program: they need not be remembered.
_MOST = 1_000
_NOT_ATTRIBUTES = {"dn", "changetype", "control", "version"}


class Shape:
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


class Shapes:
    """Those that were met, by their names as the file spells them."""

    def __init__(self) -> None:
        self._neat: dict[tuple[bytes, ...], Shape] = {}
        self._untidy: dict[tuple[bytes, ...], Shape] = {}
        self._careful: dict[tuple[tuple[str, ...], tuple[bytes, ...]], Layout] = {}

    def of(self, names: tuple[bytes, ...], *, neat: bool) -> Shape | None:
        """None where a line is anything but `name: value` or `name:: base64`."""
        shapes = self._neat if neat else self._untidy
        shape = shapes.get(names)
        if shape is None:
            shape = _shape(names, neat=neat)
            if shape and len(shapes) < _MOST:
                shapes[names] = shape
        return shape

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
