"""What differs between two exports: records that are equal byte for byte are never parsed."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from changeover.identities import ldif, reading
from changeover.identities.entry import Entry
from changeover.identities.identity import Directory, read_directory
from changeover.identities.reading import Readable


@dataclass(frozen=True, slots=True)
class Comparison:
    """Entries that are in one export alone, or not the same in both, by their normalised DN.

    `old_size` and `new_size` are how many records each has.
    """

    old: dict[str, Entry]
    new: dict[str, Entry]
    old_size: int
    new_size: int

    def onward(self, directory: Directory) -> dict[str, Entry]:
        """The new export's directory, from that of the old one."""
        kept = {name: entry for name, entry in directory.items() if name not in self.old}
        return kept | self.new


def compare(old: Readable, new: Readable) -> Comparison:
    """Read two exports of one directory. Raises ldif.Malformed.

    Takes memory for what differs, as long as both are in about the same order, as slapcat's are.
    """
    pending = _Unmatched(), _Unmatched()
    matched: set[int] = set()
    nothing: list[bytes] = []
    for records in zip_longest(_records(old), _records(new), fillvalue=nothing):
        pending[0].take(records[0])
        pending[1].take(records[1])
        same = pending[0].records & pending[1].records
        matched.update(map(hash, same))
        for unmatched in pending:
            unmatched.records -= same
    return Comparison(
        old=_parsed(pending[0].records, matched),
        new=_parsed(pending[1].records, matched),
        old_size=pending[0].size,
        new_size=pending[1].size,
    )


class _Unmatched:
    """Records that were not met in the other export yet."""

    def __init__(self) -> None:
        self.records: set[bytes] = set()
        self.size = 0

    def take(self, records: list[bytes]) -> None:
        self.size += len(records)
        self.records.update(records)


def _records(stream: Readable) -> Iterator[list[bytes]]:
    """Their text, folded as it is, a megabyte at a time."""
    for _, page in reading.pages(stream):
        yield [record for record in page.strip(b"\n").split(b"\n\n") if record]


def _parsed(records: Iterable[bytes], matched: set[int]) -> dict[str, Entry]:
    """An entry that comes twice would otherwise look as if the second one were gone or new."""
    left = list(records)
    if any(hash(record) in matched for record in left):
        raise ldif.Malformed(None, "an entry comes twice")
    return read_directory(io.BytesIO(b"\n\n".join(left)))
