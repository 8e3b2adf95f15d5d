"""Users, groups and sudo roles as SOCA means them: each rule about one attribute is a type here.

A directory has hundreds of thousands of entries, so that a rule must cost next to nothing:
`validator_of` checks the values of many entries at once by a view's types, and makes no view.
"""

from types import GenericAlias
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import Field, GetCoreSchemaHandler, StringConstraints, TypeAdapter
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from changeover.identities.passwords import ORDINARY
from changeover.ldap.entry_layout import Layout, PickFirst, Values
from changeover.types import AccountName, Value


class _Written:
    """A number as a directory writes it. Python would also take `+5_0`, blanks and zeros ahead."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        written = core_schema.str_schema(pattern=r"^(0|-?[1-9][0-9]*)$")
        return core_schema.chain_schema([written, handler(source)])


# Python keeps numbers that are alike by 2^61 - 1 in one list, which it would search for each.
IdNumber = Annotated[int, Field(ge=-(2**63), lt=2**63), _Written()]
# Below /data/home, each part neither `.` nor `..`, without control characters. `$` is the very end:
# patterns of pydantic's are Rust's, where no line end may follow it.
# Blanks and what a shell reads are no part of a plain name either.
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
    """The directory's names of the fields that every entry has, each with one value, by field."""
    fields = kind.model_fields.items()
    return {name: field.alias or name for name, field in fields if field.is_required()}


def validator_of(kind: type[Value]) -> SchemaValidator:
    """Checks tuples of what is required, in its order, a list at once; None is what is missing."""
    hints = get_type_hints(kind, include_extras=True)
    types = tuple(hints[name] | None for name in required(kind))
    validator = TypeAdapter[Any](GenericAlias(list, GenericAlias(tuple, types))).validator
    assert isinstance(validator, SchemaValidator)
    return validator


def required_of(kind: type[Value], layout: Layout) -> PickFirst:
    """Picks a tuple for the validator out of an entry's values."""
    return layout.first_of(*(name.lower() for name in required(kind).values()))


def view(kind: type[View], layout: Layout, values: Values) -> View:
    """One entry for people to read. Raises pydantic.ValidationError."""
    one = dict(zip(required(kind), required_of(kind, layout)(values), strict=True))
    any_number = {
        name: layout.all(values, (field.alias or name).lower())
        for name, field in kind.model_fields.items()
        if name not in one
    }
    return kind.model_validate(one | any_number, by_name=True)
