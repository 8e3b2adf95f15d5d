"""The canonical form of an entry, so that equal entries have equal digests.

The order of values is ignored. Case and extra spaces count only if the attribute's equality rule
says so. Attributes that the server adds never count. Each field has its length as a prefix, so that
two different entries cannot have the same canonical form.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence

from changeover.ldap import dn, schema
from changeover.ldap.matching import folded


def digest(attributes: Mapping[str, Iterable[bytes]]) -> bytes:
    """Return the sha256 of an entry's attributes, without its DN.

    `attributes` are by canonical name, without operational attributes.
    """
    names = in_order(attributes)
    values = [sorted({same(name, value) for value in attributes[name]}) for name in names]
    fields = [field for several in values for field in several]
    return hashlib.sha256(
        head(names, [len(several) for several in values]) + lengths(fields) + b"".join(fields)
    ).digest()


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names: objectclass, then those that ignore case, then the rest.

    `entry_layout` processes each of the three groups in one call.
    """
    return sorted(names, key=lambda name: (name != "objectclass", not folds(name), name))


def head(names: Sequence[str], counts: Sequence[int]) -> bytes:
    """Encode the names of the attributes, and the number of values of each."""
    parts = (b"%d:%s%d;" % (len(n), n.encode(), c) for n, c in zip(names, counts, strict=True))
    return b"%d/" % len(names) + b"".join(parts)


def lengths(fields: Sequence[bytes]) -> bytes:
    return struct.pack(f">{len(fields)}I", *map(len, fields))


def folds(name: str) -> bool:
    """Whether case is ignored. Options such as `;lang-de` do not change how values compare."""
    return schema.ignores_case(name)


def names_entries(name: str) -> bool:
    return schema.names_entries(name)


def same(name: str, value: bytes) -> bytes:
    """Return the canonical form of a value: unchanged if every byte counts by the schema."""
    if folds(name):
        return folded(value)
    if names_entries(name):
        return _normal_dn(value)
    return value


def _normal_dn(value: bytes) -> bytes:
    try:
        return dn.normal(value.decode()).encode()
    except ValueError:  # also when it is not UTF-8
        return value
