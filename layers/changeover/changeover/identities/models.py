"""Users, groups and sudo roles as SOCA defines them. Each rule about one attribute is a type.

A directory has hundreds of thousands of entries, so a rule must be very fast. `validator_of` checks
the values of many entries at once by a model's types, without creating the models.
"""

from types import GenericAlias
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import Field, GetCoreSchemaHandler, StringConstraints, TypeAdapter
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from changeover.identities.passwords import ORDINARY
from changeover.ldap.entry_layout import Layout, PickFirst, Values
from changeover.types import AccountName, Value


class _Written:
    """A number as LDAP writes it. Python also accepts `+5_0`, spaces and leading zeros."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        written = core_schema.str_schema(pattern=r"^(0|-?[1-9][0-9]*)$")
        return core_schema.chain_schema([written, handler(source)])


# The limits prevent hash collisions: numbers that are equal modulo 2^61 - 1 have the same hash.
IdNumber = Annotated[int, Field(ge=-(2**63), lt=2**63), _Written()]
# Below /data/home. No part is `.` or `..`, or contains control characters, spaces or characters
# that a shell interprets. `$` matches only at the very end: pydantic uses Rust's regex.
_ODD = r"/\p{C}\s\"'$`;&|<>\\*?(){}\[\]!#~"
_PART = rf"(?:[^.{_ODD}]|\.{{1,2}}[^.{_ODD}]|\.{{3}})[^{_ODD}]*"
Home = Annotated[str, StringConstraints(pattern=rf"^/data/home/{_PART}(?:/{_PART})*/?$")]
PasswordHash = Annotated[str, StringConstraints(pattern=ORDINARY)]


class User(Value):
    name: AccountName = Field(alias="uid")
    number: IdNumber = Field(alias="uidNumber")
    group: IdNumber = Field(alias="gidNumber")
    home: Home = Field(alias="homeDirectory")
    password: PasswordHash = Field(alias="userPassword", repr=False)
    mails: tuple[str, ...] = Field(default=(), alias="mail")


class Group(Value):
    name: AccountName = Field(alias="cn")
    number: IdNumber = Field(alias="gidNumber")
    members: tuple[str, ...] = Field(default=(), alias="memberUid")


class SudoRole(Value):
    name: AccountName = Field(alias="cn")
    users: tuple[str, ...] = Field(default=(), alias="sudoUser")


View = TypeVar("View", bound=Value)


def required(kind: type[Value]) -> dict[str, str]:
    """Return {field: LDAP attribute} for the required fields, which have one value each."""
    fields = kind.model_fields.items()
    return {name: field.alias or name for name, field in fields if field.is_required()}


def validator_of(kind: type[Value]) -> SchemaValidator:
    """Return a validator for a list of tuples of the required values, in order. None is missing."""
    hints = get_type_hints(kind, include_extras=True)
    types = tuple(hints[name] | None for name in required(kind))
    validator = TypeAdapter[Any](GenericAlias(list, GenericAlias(tuple, types))).validator
    assert isinstance(validator, SchemaValidator)
    return validator


def required_of(kind: type[Value], layout: Layout) -> PickFirst:
    """Return a function that picks the validator's tuple from an entry's values."""
    return layout.first_of(*(name.lower() for name in required(kind).values()))


def view(kind: type[View], layout: Layout, values: Values) -> View:
    """Return one entry as a model, for display. Raises pydantic.ValidationError if it is wrong."""
    one = dict(zip(required(kind), required_of(kind, layout)(values), strict=True))
    any_number = {
        name: layout.all(values, (field.alias or name).lower())
        for name, field in kind.model_fields.items()
        if name not in one
    }
    return kind.model_validate(one | any_number, by_name=True)
