"""Look up attributes and classes of a schema by any name, with everything that they inherit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from changeover.ldap.schema_definitions import (
    AttributeType,
    BadSchema,
    Definitions,
    Kind,
    ObjectClass,
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with everything that it inherits. `name` is its canonical name."""

    name: str
    type: AttributeType
    equality: str
    syntax: str


@dataclass(frozen=True, slots=True)
class Class:
    """One object class with everything that it inherits.

    `above` are the names of all its superiors. `must` and `may` are canonical names of attributes.
    All are in lower case.
    """

    name: str
    kind: Kind
    obsolete: bool
    above: frozenset[str]
    must: frozenset[str]
    may: frozenset[str]


_Found = TypeVar("_Found", Attribute, Class)


class Schema:
    """Attributes and classes by any of their names, or by OID.

    Raises BadSchema if two definitions conflict, or if a superior or an attribute is not defined.
    """

    def __init__(self, definitions: Definitions, base: "Schema | None" = None) -> None:
        """Add `definitions` to those of `base`, to which they may refer."""
        self.attributes: dict[str, Attribute] = {**base.attributes} if base else {}
        self.classes: dict[str, Class] = {**base.classes} if base else {}
        for place, attribute in definitions.attributes:
            _add(self.attributes, attribute, self._resolved(attribute, place), place)
        for place, each in definitions.classes:
            _add(self.classes, each, self._inheriting(each, place), place)

    def attribute(self, name: str) -> Attribute | None:
        """Return an attribute by a name in lower case, without options such as `;lang-de`."""
        return self.attributes.get(name)

    def object_class(self, name: str) -> Class | None:
        """Return an object class by a name in lower case."""
        return self.classes.get(name)

    def kinds_of(self, name: str) -> frozenset[str]:
        """Return a class and all its subclasses, in lower case: an LDAP search finds them too."""
        kinds = (each.name for each in self.classes.values() if name in each.above)
        return frozenset((name, *kinds))

    def structural(self, names: Iterable[str]) -> frozenset[str]:
        """Return the most specific structural classes among these. A valid entry has exactly one.

        Unknown classes count as auxiliary.
        """
        known = {each for name in names if (each := self.classes.get(name))}
        own = {each for each in known if each.kind is Kind.STRUCTURAL}
        above: set[str] = set().union(*(each.above for each in own))
        return frozenset(each.name for each in own if each.name not in above)

    def _resolved(self, attribute: AttributeType, place: str) -> Attribute:
        equality, syntax = attribute.equality, attribute.syntax
        if attribute.superior:
            superior = self.attributes.get(attribute.superior.lower())
            if superior is None:
                raise _missing(place, "attribute", attribute.superior)
            equality, syntax = equality or superior.equality, syntax or superior.syntax
        return Attribute(attribute.names[0].lower(), attribute, equality, syntax)

    def _inheriting(self, each: ObjectClass, place: str) -> Class:
        superiors = [*self._superiors(each, place)]
        return Class(
            name=each.names[0].lower(),
            kind=each.kind,
            obsolete=each.obsolete,
            above=frozenset(name for above in superiors for name in (above.name, *above.above)),
            must=self._canonical(each.must, place).union(*(above.must for above in superiors)),
            may=self._canonical(each.may, place).union(*(above.may for above in superiors)),
        )

    def _superiors(self, each: ObjectClass, place: str) -> Iterator[Class]:
        for name in each.superiors:
            superior = self.classes.get(name.lower())
            if superior is None:
                raise _missing(place, "class", name)
            yield superior

    def _canonical(self, names: Iterable[str], place: str) -> frozenset[str]:
        return frozenset(self._named(name, place) for name in names)

    def _named(self, name: str, place: str) -> str:
        attribute = self.attributes.get(name.lower())
        if attribute is None:
            raise _missing(place, "attribute", name)
        return attribute.name


def _add(
    known: dict[str, _Found],
    definition: AttributeType | ObjectClass,
    resolved: _Found,
    place: str,
) -> None:
    """Add a definition under all its names. A repeated identical definition is allowed.

    A site may pass a copy of a schema file that SOCA loads.
    """
    names = [definition.oid, *(name.lower() for name in definition.names)]
    for name in names:
        if known.setdefault(name, resolved) != resolved:
            raise BadSchema(
                f"{place}: {name} is already defined differently; remove this definition"
            )


def _missing(place: str, what: str, name: str) -> BadSchema:
    return BadSchema(f"{place}: the {what} {name} is not defined; define it before this line")
