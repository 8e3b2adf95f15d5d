"""Layouts: the attribute names that many entries share, and all facts derived from those names.

Few programs create the entries of a directory. A layout is computed once and used for thousands of
entries. `Values` belong to one entry: its DN, then one value for each of its lines.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from operator import itemgetter

from changeover.ldap import canonical, schema
from changeover.ldap.matching import folded

Values = list[bytes]
Pick = Callable[[Values], tuple[bytes, ...]]
Digester = Callable[[Values], bytes]
PickFirst = Callable[[Values], tuple[bytes | None, ...]]


class Layout:
    """The attribute names and object classes that entries share.

    `lines` are the attribute names, one for each line of the entry, as spelled. `untidy` are the
    columns whose values need more than lower case to be folded: values that are not ASCII or have
    extra spaces. None means that any column may. `excluded` are the columns of attributes that the
    server keeps for itself; the reader dropped some of those already.
    """

    def __init__(
        self, lines: Sequence[str], classes: Sequence[bytes], untidy: frozenset[int] | None = None
    ) -> None:
        self._columns, self.excluded = _columns(lines)
        self.names = frozenset(self._columns)
        self.strange = tuple(n for n in sorted(self.names) if not schema.is_known(n))
        self.classes = frozenset(value.decode(errors="replace").lower() for value in classes)
        self._firsts: dict[tuple[str, ...], PickFirst] = {}
        self.digest: Digester = self._by_the_book
        """Returns `canonical.digest` of an entry's attributes."""
        if untidy is not None and _allows_short_cut(self._columns, classes):
            self.digest = self._short_cut(classes, untidy)

    @property
    def names_in_order(self) -> Iterable[str]:
        """The attribute names, in the order of their first line."""
        return self._columns

    def all(self, values: Values, name: str) -> tuple[bytes, ...]:
        return tuple(values[column] for column in self._columns.get(name, ()))

    def column(self, name: str) -> int | None:
        """Return the index of the attribute's first value, or None if the entry lacks it."""
        return self._columns.get(name, (None,))[0]

    def columns(self) -> dict[str, tuple[int, ...]]:
        """Return the indexes of the values of each attribute, excluded attributes as well."""
        return self._columns | self.excluded

    def first_of(self, *names: str) -> PickFirst:
        """Return a function that picks the first value of each attribute, or None if absent."""
        if names not in self._firsts:
            self._firsts[names] = _pick_first([self._columns.get(n, (None,))[0] for n in names])
        return self._firsts[names]

    def attributes(self, values: Values) -> dict[str, frozenset[bytes]]:
        return {
            name: frozenset(values[column] for column in columns)
            for name, columns in self._columns.items()
        }

    def _by_the_book(self, values: Values) -> bytes:
        return canonical.digest(self.attributes(values))

    def _short_cut(self, classes: Sequence[bytes], untidy: frozenset[int]) -> Digester:
        """Return a fast `digest` function: everything that depends on the layout is precomputed."""
        kinds = sorted({folded(value) for value in classes})
        names = canonical.in_order(self._columns)[1:]
        counts = [len(self._columns[name]) for name in names]
        order = [column for name in names for column in self._columns[name]]
        folding = sum(len(self._columns[name]) for name in names if canonical.folds(name))
        mend = [at for at, column in enumerate(order[:folding]) if column in untidy]
        several = [
            slice(end - n, end) for n, end in zip(counts, accumulate(counts), strict=True) if n > 1
        ]
        pick = picked(order)
        before_lengths = canonical.head(["objectclass", *names], [len(kinds), *counts])
        before_lengths += canonical.lengths(kinds)
        before_values = b"".join(kinds)
        lengths = struct.Struct(f">{len(order)}I").pack
        sha256, join = hashlib.sha256, b"".join

        def digest(values: Values) -> bytes:
            fields: Sequence[bytes] = pick(values)
            if mend:
                fields = [*fields]
                for at in mend:
                    fields[at] = folded(fields[at])
            if several and not (fields := _in_order(fields, several, folding)):
                return self._by_the_book(values)
            folds, stays = join(fields[:folding]).lower(), join(fields[folding:])
            packed = lengths(*map(len, fields))
            return sha256(join((before_lengths, packed, before_values, folds, stays))).digest()

        return digest


Row = tuple[Layout, Values]
"""One entry: its layout, and its own values."""


Columns = dict[str, tuple[int, ...]]


def _columns(lines: Sequence[str]) -> tuple[Columns, Columns]:
    """Return the indexes of each attribute's values: those that move, and those that stay.

    An attribute can have many lines: a group has one for each member.
    """
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(map(schema.canonical_name, lines), 1):
        columns.setdefault(name, []).append(column)
    movable: Columns = {}
    excluded: Columns = {}
    for name, several in columns.items():
        (excluded if schema.stays(name) else movable)[name] = tuple(several)
    return movable, excluded


def _allows_short_cut(columns: Iterable[str], classes: Sequence[bytes]) -> bool:
    """Whether the fast digest is correct: not for values that are DNs, or odd object classes."""
    plain = all(value.isascii() and b" " not in value for value in classes)
    return bool(classes) and plain and not any(map(canonical.names_entries, columns))


def _in_order(fields: Sequence[bytes], several: Sequence[slice], folding: int) -> Sequence[bytes]:
    """Sort the values of each multi-valued attribute. Return () if two values are equal."""
    ordered = [*fields]
    for where in several:
        ignores_case = where.start < folding
        values = {value.lower() for value in ordered[where]} if ignores_case else {*ordered[where]}
        if len(values) < where.stop - where.start:
            return ()
        ordered[where] = sorted(values)
    return ordered


def picked(columns: Sequence[int]) -> Pick:
    """Return a function that picks these columns from an entry's values."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda values: tuple(values[column] for column in columns)


def _pick_first(columns: Sequence[int | None]) -> PickFirst:
    present = [column for column in columns if column is not None]
    if len(present) == len(columns):
        return picked(present)
    return lambda values: tuple([None if column is None else values[column] for column in columns])
