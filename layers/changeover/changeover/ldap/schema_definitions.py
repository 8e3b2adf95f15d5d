"""What a schema defines: attributes and object classes, each as it is described."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How an object class is used."""

    ABSTRACT = "ABSTRACT"
    STRUCTURAL = "STRUCTURAL"
    AUXILIARY = "AUXILIARY"


class BadSchema(ValueError):
    """A schema that cannot be used; the message says where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class AttributeType:
    """One attribute. `names` holds at least one; `superior`, `equality`, `syntax` may be empty."""

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
        """Whether any class allows it."""
        return self.usage != "userApplications"


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """One object class; what it inherits is not in `must` and `may`."""

    oid: str
    names: tuple[str, ...]
    superiors: tuple[str, ...] = ()
    kind: Kind = Kind.STRUCTURAL
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    obsolete: bool = False


@dataclass(slots=True)
class Definitions:
    """Attributes and classes in their order, each with the place that it was read from."""

    attributes: list[tuple[str, AttributeType]] = field(default_factory=list)
    classes: list[tuple[str, ObjectClass]] = field(default_factory=list)


def merged(parts: Iterable[Definitions]) -> Definitions:
    """All of them, in their order."""
    whole = Definitions()
    for part in parts:
        whole.attributes += part.attributes
        whole.classes += part.classes
    return whole
