"""The definitions of a schema: attribute types and object classes, as written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The kind of an object class (RFC 4512)."""

    ABSTRACT = "ABSTRACT"
    STRUCTURAL = "STRUCTURAL"
    AUXILIARY = "AUXILIARY"


class BadSchema(ValueError):
    """A schema cannot be used. The message says where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class AttributeType:
    """One attribute type. `names` has at least one; the other texts may be empty."""

    oid: str
    names: tuple[str, ...]
    superior: str = ""
    equality: str = ""
    syntax: str = ""
    single: bool = False
    collective: bool = False
    unmodifiable: bool = False
    obsolete: bool = False
    usage: str = "userApplications"
    ordered: bool = False

    @property
    def operational(self) -> bool:
        """Whether the attribute is operational, so that entries of any class may have it."""
        return self.usage != "userApplications"


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """One object class. `must` and `may` do not include inherited attributes."""

    oid: str
    names: tuple[str, ...]
    superiors: tuple[str, ...] = ()
    kind: Kind = Kind.STRUCTURAL
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    obsolete: bool = False


@dataclass(slots=True)
class Definitions:
    """Attribute types and object classes in file order, each with its place (file and line)."""

    attributes: list[tuple[str, AttributeType]] = field(default_factory=list)
    classes: list[tuple[str, ObjectClass]] = field(default_factory=list)


def merged(parts: Iterable[Definitions]) -> Definitions:
    """Return one Definitions with all parts, in order."""
    whole = Definitions()
    for part in parts:
        whole.attributes += part.attributes
        whole.classes += part.classes
    return whole
