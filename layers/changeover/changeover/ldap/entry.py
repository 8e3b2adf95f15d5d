"""One directory entry: its DN, and its attribute values as bytes."""

from collections.abc import Iterator, Mapping

from changeover.ldap import dn
from changeover.ldap.entry_layout import Layout, Values
from changeover.ldap.fast_reader import Row

Attributes = Mapping[str, frozenset[bytes]]


class Entry:
    """An immutable directory entry.

    `dn` is as the file spells it. `attributes` are sets of values by canonical name, without
    operational attributes. Derived facts are computed once, when they are first used.
    """

    __slots__ = ("_attributes", "_digest", "_row", "dn")

    def __init__(
        self, dn: str, attributes: Attributes | None = None, row: Row | None = None
    ) -> None:
        """Take the values from `attributes`, or from a `row` of the fast reader."""
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

    def in_order(self) -> Iterator[tuple[str, list[bytes]]]:
        """Yield attributes with their values in file order, but the value in the RDN first.

        SOCA reads the first uid or cn as the name of the entry, and slapd keeps the order.
        """
        layout, values = self.row()
        naming = dn.split(dn.normal(dn.split(self.dn)[0]), "+")
        for name in layout.names_in_order:
            own = [*dict.fromkeys(layout.all(values, name))]
            parts = [part for part in naming if part.startswith(f"{name}=")] if own[1:] else []
            yield name, _named_first(name, own, parts[0]) if parts else own

    def row(self) -> Row:
        """Return the layout and the values. The first value is the DN as it was read."""
        if self._row is None:
            self._row = _row(self.dn, self._attributes or {})
        return self._row

    def renamed(self, dn: str) -> "Entry":
        """Return an entry with the same attributes and another DN."""
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
        """Return the sha256 of the canonical form of the attributes."""
        if self._digest is None:
            layout, values = self.row()
            self._digest = layout.digest(values)
        return self._digest

    def same(self, other: "Entry") -> bool:
        """Whether a directory regards both entries as equal, apart from their DNs."""
        return self is other or self.digest() == other.digest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return self.dn == other.dn and self.attributes == other.attributes

    __hash__ = None  # type: ignore[assignment]  # a hash of the content would be slow

    def __repr__(self) -> str:
        return f"Entry({self.dn!r})"  # without values: some are password hashes


def _named_first(name: str, values: list[bytes], part: str) -> list[bytes]:
    return sorted(values, key=lambda value: _part(name, value) != part)


def _part(name: str, value: bytes) -> str:
    try:
        return dn.part(name, value)
    except ValueError:  # the value is not UTF-8, but every DN is
        return ""


def _row(dn: str, attributes: Attributes) -> Row:
    pairs = [(name, value) for name, values in attributes.items() for value in sorted(values)]
    layout = Layout([name for name, _ in pairs], sorted(attributes.get("objectclass", ())))
    values: Values = [dn.encode(), *(value for _, value in pairs)]
    return layout, values
