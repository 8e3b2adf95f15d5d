"""Cut an export's text into pages of whole records: each byte is looked at once, little is kept."""

import re
from collections.abc import Iterator
from typing import Protocol

from changeover.ldap import ldif


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


TELLING = re.compile(rb"^[^#\s]", re.MULTILINE)
"""A line that is neither empty nor a comment."""

MOST_BYTES = 2 << 30
"""Of one export's text. A directory of 1,000,000 users is 1.2 GB."""

MOST_OF_A_RECORD = 32 << 20
"""Bytes of an entry's text, its comments included. A group of 1,000,000 members is 25 MB."""

# Small enough to stay in a processor's own memory while it is cut up.
_PAGE_BYTES = 1 << 17
_END, _OTHER_END = b"\n\n", b"\n\r\n"
_NAME = re.compile(rb"^dn::? *([^\r\n]{0,200})", re.MULTILINE | re.IGNORECASE)


def pages(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield whole records by the page, each time with the number of the first line.

    The first page is more than comments, so that no other begins with a version. Raises
    ldif.Malformed for a record of more than `MOST_OF_A_RECORD` bytes: each byte is looked at once,
    and no more than that is kept.
    """
    number, held = 1, _Held()
    while part := stream.read(_PAGE_BYTES):
        end = held.end_in(part, first=number == 1)
        held.take(part)
        if held.too_long(end):
            raise _too_long(number, held)
        if end < 0:
            continue
        page = held.cut_off(end)
        yield number, page
        number += page.count(b"\n")
    if held.size:
        yield number, held.text()


class _Held:
    """What was read of a record whose end was not: joined once, when its end is there."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []
        self._before = 0
        self._telling = False

    def end_in(self, part: bytes, *, first: bool) -> int:
        """Where the last whole record ends, counted from the first byte held; -1 if nowhere.

        On the first page there must be more than comments ahead of it.
        """
        tail = self._tail()
        window = tail + part
        end = window.rfind(_END)
        if b"\r" in window:  # to search in vain takes longer than the rest of this
            end = max(end, window.rfind(_OTHER_END))
        if first and not self._telling:
            if end < 0 or not TELLING.search(window, len(tail), end):
                self._telling = TELLING.search(window, len(tail)) is not None
                return -1
            self._telling = True
        return end if end < 0 else self.size - len(tail) + end

    def take(self, part: bytes) -> None:
        self._before = self.size
        self._parts.append(part)
        self.size += len(part)

    def too_long(self, end: int) -> bool:
        """Whether the first record is, of which at most the last part taken holds the end."""
        if self.size <= MOST_OF_A_RECORD:
            return False
        if end < 0:
            return True
        start = max(self._before - len(_OTHER_END) + 1, 0)
        text = self.text()
        ends = (text.find(each, start) for each in (_END, _OTHER_END))
        return min(at for at in ends if at >= 0) > MOST_OF_A_RECORD

    def cut_off(self, end: int) -> bytes:
        """The text as far as the empty line there, which is not held any more."""
        text = self.text()
        # With the empty line: the file goes on, or is complete.
        end = text.index(b"\n", end + 1)
        rest = text[end + 1 :]
        self._parts = [rest] if rest else []
        self.size = len(rest)
        return text[: end + 1]

    def text(self) -> bytes:
        return b"".join(self._parts)

    def _tail(self) -> bytes:
        """As much as an end of a record may begin with."""
        return b"".join(each[-2:] for each in self._parts[-2:])[-2:]


def _too_long(number: int, held: _Held) -> ldif.Malformed:
    """By the name that the record begins with: nothing else of it is shown."""
    named = _NAME.search(held.text())
    limit = f"{MOST_OF_A_RECORD >> 20} MiB"
    if not named:
        return ldif.Malformed(
            number, f"no entry ends within {limit}: is this the export of a directory?"
        )
    line = number + held.text().count(b"\n", 0, named.start())
    name = named[1].decode(errors="backslashreplace")
    return ldif.Malformed(
        line,
        f"the entry '{name}' is longer than {limit}, which is refused: remove its largest value"
        " from the directory, or divide the group, and export again",
    )
