"""Split an export's text into pages of whole records, in one pass and with little memory."""

import re
from collections.abc import Iterator
from typing import Protocol

from changeover.ldap import ldif


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


TELLING = re.compile(rb"^[^#\s]", re.MULTILINE)
"""The first character of a line that is not empty and not a comment."""

MOST_BYTES = 2 << 30
"""Limit for the text of one export, in bytes. A directory of 1,000,000 users is 1.2 GB."""

MOST_OF_A_RECORD = 32 << 20
"""Limit for one entry with its comments, in bytes. A group of 1,000,000 members is 25 MB."""

# Small enough for a processor's cache.
_PAGE_BYTES = 1 << 17
_END, _OTHER_END = b"\n\n", b"\n\r\n"
_NAME = re.compile(rb"^dn::? *([^\r\n]{0,200})", re.MULTILINE | re.IGNORECASE)


def pages(stream: Readable) -> Iterator[tuple[int, bytes]]:
    """Yield pages of whole records, each with the number of its first line.

    The first page contains more than comments, so that only this page can contain a `version:`
    line. Raises ldif.Malformed if a record is longer than `MOST_OF_A_RECORD` bytes; no more than
    one record and one page are kept in memory.
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
    """Text of a record whose end was not read yet. The parts are joined once, at its end."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []
        self._before = 0
        self._telling = False

    def end_in(self, part: bytes, *, first: bool) -> int:
        """Return the offset of the last record's end from the first byte held, or -1 if none.

        On the first page, more than comments must precede that end.
        """
        tail = self._tail()
        window = tail + part
        end = window.rfind(_END)
        if b"\r" in window:  # a search without a match takes longer than the rest
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
        """Whether the first record exceeds the limit. Only the last part can contain its end."""
        if self.size <= MOST_OF_A_RECORD:
            return False
        if end < 0:
            return True
        start = max(self._before - len(_OTHER_END) + 1, 0)
        text = self.text()
        ends = (text.find(each, start) for each in (_END, _OTHER_END))
        return min(at for at in ends if at >= 0) > MOST_OF_A_RECORD

    def cut_off(self, end: int) -> bytes:
        """Remove and return the text up to and including the empty line at that offset."""
        text = self.text()
        # Keep the empty line: without it, a record looks truncated.
        end = text.index(b"\n", end + 1)
        rest = text[end + 1 :]
        self._parts = [rest] if rest else []
        self.size = len(rest)
        return text[: end + 1]

    def text(self) -> bytes:
        return b"".join(self._parts)

    def _tail(self) -> bytes:
        """Return the last two bytes: a record's end may begin in them."""
        return b"".join(each[-2:] for each in self._parts[-2:])[-2:]


def _too_long(number: int, held: _Held) -> ldif.Malformed:
    """Return the error for a record that is too long. It shows only the DN of the record."""
    named = _NAME.search(held.text())
    limit = f"{MOST_OF_A_RECORD >> 20} MiB"
    if not named:
        return ldif.Malformed(
            number, f"no entry ends within {limit}: is this an export of a directory?"
        )
    line = number + held.text().count(b"\n", 0, named.start())
    name = named[1].decode(errors="backslashreplace")
    return ldif.Malformed(
        line,
        f"the entry '{name}' is longer than {limit}, the limit: remove its largest value"
        " from the directory, or divide the group, and export again",
    )
