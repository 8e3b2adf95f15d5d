"""One entry of a directory: its name, and its attributes as the bytes they are."""

from collections.abc import Mapping

from changeover.identities.layouts import Layout, Values
from changeover.identities.reading import Row

Attributes = Mapping[str, frozenset[bytes]]


class Entry:
    """`dn` as spelled; `attributes` by canonical name, values as a set, none operational.

    Does not change, and works out what is asked of it once.
    """

    __slots__ = ("_attributes", "_digest", "_row", "dn")

    def __init__(
        self, dn: str, attributes: Attributes | None = None, row: Row | None = None
    ) -> None:
        """Of `attributes`, or of a `row` that was read."""
        self.dn = dn
        self._attributes = attributes
        self._row = row
        self._digest: bytes | None = None

    @property
    def attributes(self) -> Attributes:
        if self._attributes is None:
            layout, values = self.row()
            self._attributes = layout.attributes(values)
        return self._attributes

    def row(self) -> Row:
        """Layout and values; the values' first is the name that it was read by."""
        if self._row is None:
            self._row = _row(self.dn, self._attributes or {})
        return self._row

    def renamed(self, dn: str) -> "Entry":
        """The same attributes by another name."""
        entry = Entry(dn, self._attributes, self._row)
        entry._digest = self._digest
        return entry

    def first(self, name: str) -> bytes:
        return min(self.attributes.get(name, frozenset()), default=b"")

    def has(self, name: str) -> bool:
        return name in self.row()[0].names

    def is_a(self, object_class: str) -> bool:
        return object_class.lower() in self.row()[0].classes

    def digest(self) -> bytes:
        """sha256 of the canonical form of its attributes."""
        if self._digest is None:
            layout, values = self.row()
            self._digest = layout.digest(values)
        return self._digest

    def same(self, other: "Entry") -> bool:
        """Whether a directory tells the two apart, their names aside."""
        return self is other or self.digest() == other.digest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return self.dn == other.dn and self.attributes == other.attributes

    __hash__ = None  # type: ignore[assignment]  # equal by content, which is long

    def __repr__(self) -> str:
        return f"Entry({self.dn!r})"  # no values: some are password hashes


def _row(dn: str, attributes: Attributes) -> Row:
    pairs = [(name, value) for name, values in attributes.items() for value in values]
    layout = Layout([name for name, _ in pairs], sorted(attributes.get("objectclass", ())))
    values: Values = [dn.encode(), *(value for _, value in pairs)]
    return layout, values
