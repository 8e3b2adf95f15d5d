"""Unfold LDIF lines: join each line with its continuation lines (RFC 2849)."""

from collections.abc import Iterable, Iterator


class ContinuesNothing(ValueError):
    def __init__(self, line: int, text: bytes) -> None:
        super().__init__(f"line {line} is a continuation line without a line before it")
        self.line = line
        self.text = text


class Lines:
    """Physical lines of a file. An empty text after the last line end is not a line."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._last = b""
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        ahead = next(self._lines, None)
        while ahead is not None:
            line, ahead = ahead, next(self._lines, None)
            if line or ahead is not None:
                self._last = line
                yield line
        self._over = True

    def end_is_missing(self) -> bool:
        """Whether all lines were read, and the empty line that ends an entry is missing."""
        return self._over and bool(self._last.strip(b"\r\n"))

    def unfolded(self, first_line: int) -> Iterator[tuple[int, bytes]]:
        """Yield unfolded lines with the number of their first line, without comments or line ends.

        Raises ContinuesNothing if a continuation line has no line before it.
        """
        start = 0
        # A bytearray: a list of a value's pieces would take many times the memory.
        text: bytearray | None = None
        for number, raw in enumerate(self, first_line):
            physical = raw.rstrip(b"\n").removesuffix(b"\r")
            folded = physical.startswith(b" ")
            if folded and text:
                if not text.startswith(b"#"):
                    text += physical[1:]
                continue
            if text is not None and not text.startswith(b"#"):
                yield start, bytes(text)
            if folded:
                raise ContinuesNothing(number, physical)
            start, text = number, bytearray(physical)
        if text is not None and not text.startswith(b"#"):
            yield start, bytes(text)
