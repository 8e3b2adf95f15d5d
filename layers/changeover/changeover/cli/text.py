"""Plain text for a terminal."""

from collections.abc import Iterator, Sequence

SHOWN = 20
"""Lines of one kind, unless all are asked for."""

_WIDEST = 48


def table(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Two columns, the first as wide as it has to be."""
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
    """A name may hold what would tell a terminal to do something."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
