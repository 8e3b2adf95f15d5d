"""What is wrong with single values: a view's types say what is right, and here it gets its name."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from pydantic import ValidationError

from changeover.identities.findings import Rule
from changeover.identities.layouts import Layout, Values
from changeover.identities.rules.notes import Note, shown
from changeover.identities.views import required
from changeover.values import Value

Row = Sequence[bytes | None]
"""The first value of each field that an entry's view requires."""

_SCHEME = re.compile(rb"\{([^}]*)\}")
_COMPARED = {b"SHA", b"SSHA", b"MD5", b"SMD5", b"CRYPT"}
# Named in a finding: what else stands in braces may be the beginning of somebody's password.
_FOREIGN = re.compile(
    rb"ARGON2|BSDMD5|KERBEROS|LANMAN|NS-MTA-MD5|PBKDF2(-SHA\d+)?|S?SHA\d+|SASL|TOTP\d+|UNIX"
)


def faulty(view: type[Value], error: ValidationError) -> set[str]:
    """The view's fields that do not hold what their types ask for."""
    fields = tuple(required(view))
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return {fields[at] for detail in details if isinstance(at := detail["loc"][0], int)}


def faults(view: type[Value], entry: str, row: Row, fields: set[str]) -> Iterator[Note]:
    """Of an entry's faulty fields; what is missing altogether is the schema's matter."""
    for (field, attribute), value in zip(required(view).items(), row, strict=True):
        if field not in fields:
            continue
        if field == "password":
            yield _password(entry, value)
        elif value is not None:
            yield from _fault(field, attribute, entry, shown(value))


def number(value: bytes | None, *, well: bool) -> int | None:
    return int(value) if well and value is not None else None


def all_of(layout: Layout, values: Values, name: str) -> Callable[[Values], Sequence[bytes]]:
    """Picks an attribute's values out of any entry of the layout; of one value in a hurry."""
    match len(layout.all(values, name)):
        case 0:
            return lambda _values: ()
        case 1:
            return cast("Callable[[Values], Sequence[bytes]]", layout.first_of(name))
        case _:
            return lambda values: layout.all(values, name)


def own_name(entry: str, attribute: str, values: Sequence[bytes]) -> bytes:
    """Out of several, the one that the entry is named by."""
    named = (v for v in values if entry.startswith(f"{attribute}={shown(v).lower()},"))
    return next(named, values[0])


def _fault(field: str, attribute: str, entry: str, value: str) -> Iterator[Note]:
    match field:
        case "name":
            yield Rule.UNUSUAL_NAME, entry, value
        case "home":
            yield Rule.HOME_OUTSIDE, entry, value
        case "number" | "group":
            yield Rule.NO_NUMBER, entry, attribute, value


def _password(entry: str, value: bytes | None) -> Note:
    if not value:
        return Rule.NO_HASH, entry
    scheme = _SCHEME.match(value)
    name = scheme[1].upper() if scheme else b"CLEARTEXT"
    if name == b"CLEARTEXT":
        return Rule.CLEAR_TEXT, entry
    if name in _COMPARED:
        return Rule.UNSUPPORTED_HASH, entry, f"its {{{name.decode()}}} hash is damaged"
    known = f"{{{name.decode()}}}" if _FOREIGN.fullmatch(name) else "its hash's scheme"
    return Rule.UNSUPPORTED_HASH, entry, f"{known} is no scheme of SOCA's slapd"
