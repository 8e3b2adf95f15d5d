"""Equality rules: when slapd regards two values of one attribute as equal."""

from collections.abc import Callable, Mapping

from changeover.ldap import dn
from changeover.ldap.matching import composed, folded, squeezed

Key = Callable[[bytes], bytes]
"""A function that maps equal values to the same bytes."""


def key_of(rule: str) -> Key | None:
    """Return the key function of an equality rule by its name, or None if every byte counts."""
    return _KEYS.get(rule)


def _exact(value: bytes) -> bytes:
    return squeezed(value if value.isascii() else composed(value))


def exact_ascii(value: bytes) -> bytes:
    return squeezed(value)


def _lines(line: Key) -> Key:
    return lambda value: b"$".join(map(line, value.split(b"$")))


def _telephone(value: bytes) -> bytes:
    return value.replace(b" ", b"").replace(b"-", b"")


def _digits(value: bytes) -> bytes:
    return value.replace(b" ", b"")


def _name(value: bytes) -> bytes:
    try:
        return dn.normal(value.decode()).encode()
    except ValueError:  # also when it is not UTF-8
        return value


def _name_and_uid(value: bytes) -> bytes:
    name, mark, uid = value.rpartition(b"#")
    return _name(name) + mark + uid if mark and uid.endswith(b"'B") else _name(value)


_KEYS: Mapping[str, Key] = {
    "objectIdentifierMatch": bytes.lower,
    "caseIgnoreMatch": folded,
    "caseIgnoreIA5Match": folded,
    "caseExactMatch": _exact,
    "caseExactIA5Match": exact_ascii,
    "caseIgnoreListMatch": _lines(folded),
    "caseExactListMatch": _lines(_exact),
    "telephoneNumberMatch": _telephone,
    "numericStringMatch": _digits,
    "distinguishedNameMatch": _name,
    "uniqueMemberMatch": _name_and_uid,
    "UUIDMatch": bytes.lower,
}
