"""Check values by their attributes' syntaxes, for many entries of one layout at once.

Nearly all values are plain ASCII. They are checked together, and one by one only in doubt.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter

from changeover.identities.findings import Rule
from changeover.identities.rules.collector import Notes
from changeover.ldap import dn, schema, syntaxes
from changeover.ldap.dn_syntax import Judge
from changeover.ldap.entry_layout import Layout, Values
from changeover.ldap.schema_lookup import Attribute, Schema

Suspect = Callable[[Sequence[bytes]], bool]
"""A fast check of many values: whether one of them may violate the syntax."""

_INTEGERS = re.compile(rb"(?:(?:0|-?[1-9][0-9]*+)\n)*+")
_WANTED = {
    syntaxes.DIRECTORY_STRING: "UTF-8 text that is not empty",
    syntaxes.IA5_STRING: "ASCII",
    syntaxes.INTEGER: "a number such as 42",
    syntaxes.NAME: "the DN of an entry, such as uid=mary,ou=People,dc=soca,dc=local",
}
_NORMALIZED = frozenset(
    ("distinguishedNameMatch", "generalizedTimeMatch", "UUIDMatch", "CSNMatch", "caseExactMatch")
)
# The models check the numbers of users and groups, so they are not checked here again.
_VIEWED = {"uidnumber": "posixaccount", "gidnumber": "posixaccount posixgroup"}


class LayoutValues:
    """The attributes of one layout whose values slapd checks."""

    def __init__(self, layout: Layout, known: Schema, notes: Notes) -> None:
        self._columns = layout.columns()
        self._note = notes.note
        self._judges = dict(_judged(layout, known))
        by_syntax: dict[Suspect, list[str]] = defaultdict(list)
        for name, (syntax, _) in self._judges.items():
            by_syntax[_SUSPECTS.get(syntax, _may_be_anything)].append(name)
        self._quick = [*by_syntax.items()]

    def judge(self, entries: Sequence[str], rows: Sequence[Values]) -> None:
        """Note every value that violates its syntax. `rows` are the values of the `entries`."""
        for is_suspect, names in self._quick:
            columns = [column for name in names for column in self._columns[name]]
            if is_suspect(_values(columns, rows)):
                for name in names:
                    self._judge_attribute(name, entries, rows)

    def _judge_attribute(self, name: str, entries: Sequence[str], rows: Sequence[Values]) -> None:
        syntax, judge = self._judges[name]
        columns = self._columns[name]
        values = _values(columns, rows)
        # Entries of one layout often share values. Check each value once.
        bad = {value for value in {*values} if not judge(value)}
        if not bad:
            return
        faulty = {at // len(columns) for at, value in enumerate(values) if value in bad}
        for at in sorted(faulty):
            wanted = _WANTED.get(syntax, f"a value of its syntax {syntax}")
            self._note(Rule.BAD_VALUE, entries[at], schema.spelled(name), wanted)


def _values(columns: Sequence[int], rows: Sequence[Values]) -> list[bytes]:
    """Return these columns' values of all rows, one row after another."""
    if len(columns) == 1:
        return [*map(itemgetter(columns[0]), rows)]
    return [*chain.from_iterable(map(itemgetter(*columns), rows))]


def _judged(layout: Layout, known: Schema) -> Iterator[tuple[str, tuple[str, Judge]]]:
    of_schema = syntaxes.of(known)
    for description in sorted(layout.columns()):
        name = description.partition(";")[0]
        attribute = known.attribute(name)
        viewed = not layout.classes.isdisjoint(_VIEWED.get(name, "").split())
        viewed = viewed or description == "objectclass"  # its values have a rule of their own
        unread = description in layout.excluded and not _is_read_by_slapadd(attribute)
        if attribute and attribute.syntax != syntaxes.OCTET_STRING and not (viewed or unread):
            yield description, (attribute.syntax, of_schema.judge(attribute))


def _is_read_by_slapadd(attribute: Attribute | None) -> bool:
    """Whether slapadd checks an attribute that no client can write: only if it normalizes it."""
    return attribute is not None and (
        attribute.equality in _NORMALIZED or attribute.name == "structuralobjectclass"
    )


def _may_be_no_texts(values: Sequence[bytes]) -> bool:
    # The separator prevents two invalid values from forming one valid character.
    together = b"\n".join(values)
    if not all(values):
        return True
    try:
        return not (together.isascii() or together.decode())
    except UnicodeDecodeError:
        return True


def _may_be_no_ascii(values: Sequence[bytes]) -> bool:
    return not b"".join(values).isascii()


def _may_be_no_integers(values: Sequence[bytes]) -> bool:
    return _INTEGERS.fullmatch(b"\n".join((*values, b""))) is None


def _may_be_no_names(values: Sequence[bytes]) -> bool:
    return not dn.are_plain(values)


def _may_be_anything(_: Sequence[bytes]) -> bool:
    return True


_SUSPECTS: dict[str, Suspect] = {
    syntaxes.DIRECTORY_STRING: _may_be_no_texts,
    syntaxes.IA5_STRING: _may_be_no_ascii,
    syntaxes.INTEGER: _may_be_no_integers,
    syntaxes.NAME: _may_be_no_names,
}
