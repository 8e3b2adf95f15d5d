"""One spelling for all ways to write the same entry, so that equal entries have equal digests.

Values are a set. Case and needless blanks count only where the schema says so; what a server adds
by itself never counts. Fields are prefixed by their lengths, so that no two entries look the same.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence

from changeover.ldap import dn, schema
from changeover.ldap.matching import folded


def digest(attributes: Mapping[str, Iterable[bytes]]) -> bytes:
    """sha256 of an entry without its name. `attributes` by canonical name, none operational."""
    names = in_order(attributes)
    values = [sorted({same(name, value) for value in attributes[name]}) for name in names]
    fields = [field for several in values for field in several]
    return hashlib.sha256(
        head(names, [len(several) for several in values]) + lengths(fields) + b"".join(fields)
    ).digest()


def in_order(names: Iterable[str]) -> list[str]:
    """The object classes, then what ignores case, then the rest: `layouts` takes each at once."""
    return sorted(names, key=lambda name: (name != "objectclass", not folds(name), name))


def head(names: Sequence[str], counts: Sequence[int]) -> bytes:
    """Which attributes there are, and how many values each has."""
    parts = (b"%d:%s%d;" % (len(n), n.encode(), c) for n, c in zip(names, counts, strict=True))
    return b"%d/" % len(names) + b"".join(parts)


def lengths(fields: Sequence[bytes]) -> bytes:
    return struct.pack(f">{len(fields)}I", *map(len, fields))


def folds(name: str) -> bool:
    """Options such as `;lang-de` do not change how values compare."""
    return schema.ignores_case(name)


def names_entries(name: str) -> bool:
    return schema.names_entries(name)


def same(name: str, value: bytes) -> bytes:
    """The one spelling of a value; its very bytes where the schema folds nothing."""
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
