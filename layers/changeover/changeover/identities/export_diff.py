"""Compare two exports. Records that are equal byte for byte are never parsed."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from changeover.identities.directories import Directory, read_directory
from changeover.ldap import ldif, pages
from changeover.ldap.entry import Entry
from changeover.ldap.pages import Readable

# Differing records are parsed in any order, so a `version:` line would not stay first.
_VERSION = re.compile(
    rb"\A((?:\r?\n|#[^\n]*+\n(?: [^\n]*+\n)*+)*+)version: *1\r?(?:\n|\Z)", re.IGNORECASE
)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
# A record up to the end of its dn: comments before it, its line, and its continuation lines.
_NAMED = re.compile(rb"(?:#[^\n]*+\n(?: [^\n]*+\n)*+)*+[^\n]*+(?:\n [^\n]*+)*+")
_TWICE = "an entry comes twice"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Entries that are in one export only, or differ, by normalized DN.

    `old_size` and `new_size` are the numbers of records in each export.
    """

    old: dict[str, Entry]
    new: dict[str, Entry]
    old_size: int
    new_size: int

    def onward(self, directory: Directory) -> dict[str, Entry]:
        """Return the new export's directory, given the old one's.

        Raises ldif.Malformed if an entry occurs twice.
        """
        kept = {name: entry for name, entry in directory.items() if name not in self.old}
        if not kept.keys().isdisjoint(self.new):
            raise ldif.Malformed(None, _TWICE)
        return kept | self.new


def compare(old: Readable, new: Readable) -> Comparison:
    """Compare two exports of one directory. Raises ldif.Malformed if an export is wrong.

    Memory grows with the differences, if both are in about the same order, as slapcat writes them.
    """
    pending = _Unmatched(), _Unmatched()
    matched: set[int] = set()
    nothing: list[bytes] = []
    for records in zip_longest(_records(old), _records(new), fillvalue=nothing):
        here, there = pending[0].take(records[0]), pending[1].take(records[1])
        # Waiting records were compared before. To compare them again takes quadratic time.
        same = (here & pending[1].records) | (there & pending[0].records)
        size = len(matched) + len(same)
        matched.update(map(_name, same))
        if len(matched) < size:
            raise ldif.Malformed(None, _TWICE)
        for unmatched in pending:
            unmatched.records -= same
    return Comparison(
        old=_parsed(pending[0].records, matched),
        new=_parsed(pending[1].records, matched),
        old_size=pending[0].size,
        new_size=pending[1].size,
    )


class _Unmatched:
    """Records of one export that have not yet occurred in the other."""

    def __init__(self) -> None:
        self.records: set[bytes] = set()
        self.size = 0

    def take(self, records: list[bytes]) -> set[bytes]:
        self.size += len(records)
        size = len(self.records) + len(records)
        self.records.update(records)
        if len(self.records) < size:
            raise ldif.Malformed(None, _TWICE)
        return set(records)


def _records(stream: Readable) -> Iterator[list[bytes]]:
    """Yield lists of records as text, with their lines still folded, page by page."""
    for number, page in pages.pages(stream):
        text = _VERSION.sub(rb"\1", page) if number == 1 else page
        text = text.lstrip(b"\r\n").rstrip(b"\n")
        records = _EMPTY_LINE.split(text) if b"\r" in text else text.split(b"\n\n")
        yield [
            # Before a record there may be several empty lines, in one export and not in the other.
            each if each.startswith(b"dn") else each.lstrip(b"\r\n")
            for each in records
            if each.startswith(b"dn") or pages.TELLING.search(each)
        ]


def _name(record: bytes) -> int:
    """Return a hash of the record's dn as it is spelled."""
    named = _NAMED.match(record)
    return hash(named and named[0])


def _parsed(records: Iterable[bytes], matched: set[int]) -> dict[str, Entry]:
    """Parse the differing records. Refuse an entry that occurs twice: it would look new or gone."""
    left = list(records)
    if any(_name(record) in matched for record in left):
        raise ldif.Malformed(None, _TWICE)
    return read_directory(io.BytesIO(b"\n\n".join(left)))
