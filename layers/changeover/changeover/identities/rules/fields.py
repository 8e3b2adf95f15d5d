"""Check single values by the types of a model, and report each fault under its rule."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError

from changeover.identities.findings import Rule
from changeover.identities.models import required, validator_of
from changeover.identities.rules.collector import Note, Notes, printable
from changeover.ldap.entry_layout import Layout, Pick, Values
from changeover.types import Value

Row = Sequence[bytes | None]
"""The first value of each required field of an entry's model."""


class Fields:
    """Validates the required fields of a model, for many entries at once."""

    def __init__(self, view: type[Value], notes: Notes) -> None:
        self._fields = tuple(required(view).items())
        self._validate = validator_of(view).validate_python
        self._note = notes.note

    def read(self, entries: Mapping[str, Row]) -> list[tuple[Any, ...]]:
        """Return the rows, converted by the model. Wrong values are noted and become None.

        The caller must judge passwords that the model does not accept.
        """
        rows = [*entries.values()]
        try:
            return self._read(rows)
        except ValidationError as error:
            names, mended = [*entries], [list(row) for row in rows]
            for at, column in _places(error):
                value, mended[at][column] = mended[at][column], None
                if fault := _fault(names[at], *self._fields[column], value or b""):
                    self._note(*fault)
            return self._read(mended)

    def _read(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        return cast("list[tuple[Any, ...]]", self._validate(rows))


def _places(error: ValidationError) -> Iterator[tuple[int, int]]:
    """Yield row and column of every wrong value."""
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        row, column, *_ = detail["loc"]
        assert isinstance(row, int)
        assert isinstance(column, int)
        yield row, column


def _fault(entry: str, field: str, attribute: str, value: bytes) -> Note | None:
    match field:
        case "name":
            return Rule.UNUSUAL_NAME, entry, printable(value)
        case "home":
            return Rule.HOME_OUTSIDE, entry, printable(value)
        case "password":
            return None
        case _:
            return Rule.NO_NUMBER, entry, attribute, printable(value)


def all_of(layout: Layout, values: Values, name: str) -> Pick:
    """Return a function that picks an attribute's values from entries of the layout.

    The common case of a single value is fast.
    """
    if len(layout.all(values, name)) > 1:
        return lambda values: layout.all(values, name)
    twice = cast("Pick", layout.first_of(name, name))  # picking two columns needs no Python loop
    return lambda values: twice(values)[:1]


def own_name(entry: str, attribute: str, values: Sequence[bytes]) -> bytes:
    """Return the value in the entry's RDN, or the first value."""
    named = (v for v in values if entry.startswith(f"{attribute}={printable(v).lower()},"))
    return next(named, values[0])
