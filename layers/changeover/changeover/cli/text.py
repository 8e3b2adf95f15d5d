"""Plain text for a terminal."""

from collections.abc import Iterator, Sequence

SHOWN = 20
"""Maximum number of lines per kind, unless `--all` is given."""

_WIDEST = 48


def table(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield two columns. The first is as wide as its widest cell, up to a limit."""
    widths = [len(first) for first, _ in rows if len(first) <= _WIDEST]
    width = max(widths, default=_WIDEST)
    for first, second in rows:
        yield f"  {first:<{width}}  {legible(second)}".rstrip() + "\n"


def more(number: int) -> Iterator[str]:
    if number:
        yield f"  and {number:,} more\n"


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def legible(text: str) -> str:
    """Escape characters that are not printable: a name may contain terminal control sequences."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
