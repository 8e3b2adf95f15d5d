"""LDIF's lines as they were before they were folded (RFC 2849)."""

from collections.abc import Iterable, Iterator


class ContinuesNothing(ValueError):
    def __init__(self, line: int, text: bytes) -> None:
        super().__init__(f"line {line} continues nothing")
        self.line = line
        self.text = text


class Lines:
    """Physical lines. What follows the last line end is no line when it is empty."""

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
        """Whether all were read, and the empty line that ends an entry was not among them."""
        return self._over and bool(self._last.strip(b"\r\n"))

    def unfolded(self, first_line: int) -> Iterator[tuple[int, bytes]]:
        """Lines without their ends and without comments, with the number of their first.

        Raises ContinuesNothing.
        """
        start = 0
        # It grows: a list of a value's pieces would take many times its bytes.
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
