"""The build report as plain text: a table for a terminal, lines for an e-mail."""

from collections.abc import Iterable, Iterator, Sequence

from changeover.build.report import Item, Verdict, blocked, counted, open_actions

_SIDE = 40
"""Lines of one side of a conflict that a terminal shows."""


def summary(items: Sequence[Item]) -> str:
    """Return the counts in one line, such as `13 applied, 1 action needed`."""
    told = [f"{number} {verdict}" for verdict, number in counted(items).items() if number]
    accepted = sum(item.accepted for item in items)
    return ", ".join(told) + (f" ({accepted} of them accepted)" if accepted else "")


def table(items: Sequence[Item], *, everything: bool = False) -> Iterator[str]:
    """Yield the report's lines, without line ends; the gravest come last, where eyes are.

    Without `everything`, what is already in the release is left out.
    """
    order = list(Verdict)
    shown = [i for i in items if everything or i.verdict is not Verdict.UPSTREAM]
    shown.sort(key=lambda item: order.index(item.verdict))
    verdicts = max((len(_verdict(item)) for item in shown), default=0)
    ids = max((min(len(item.id), 44) for item in shown), default=0)
    for item in shown:
        yield f"{_verdict(item):<{verdicts}}  {item.id:<{ids}}  {item.why}".rstrip()
        pad = " " * (verdicts + 2)
        if place(item) and place(item) != item.name:
            yield f"{pad}at {place(item)}"
        if item.verdict in (Verdict.ACTION_NEEDED, Verdict.BLOCKED):
            yield from _sides(item, pad)
            if item.do:
                yield f"{pad}-> {item.do}"
    hidden = len(items) - len(shown)
    if hidden:
        yield f"{hidden} more are in the release already (--all lists them)"


def _verdict(item: Item) -> str:
    return f"{item.verdict} (accepted)" if item.accepted else item.verdict.value


def _sides(item: Item, pad: str) -> Iterator[str]:
    for name, text in (("site", item.site), ("release", item.vendor)):
        lines = text.split("\n") if text else []
        for line in lines[:_SIDE]:
            yield f"{pad}{name:<7} | {line}"
        if len(lines) > _SIDE:
            yield f"{pad}{name:<7} | and {len(lines) - _SIDE} lines more"


def place(item: Item) -> str:
    """Return the file and lines of an item, such as `source/a.template:3, 8`."""
    return ":".join(filter(None, (item.file, item.lines)))


def lines(items: Iterable[Item]) -> tuple[str, ...]:
    """Return one line for each item that a person must look at, for an e-mail; not too many."""
    return _listed(open_actions(tuple(items)))


def refusal(items: Iterable[Item]) -> str:
    """Return why a release is not built: the blocked items, with what to do.

    Step Functions takes a cause of 32,768 characters, so the text has a limit.
    """
    stops = blocked(items)
    number = "one item is blocked" if len(stops) == 1 else f"{len(stops)} items are blocked"
    return f"{number}: {'; '.join(_listed(stops))}"


def _listed(items: Sequence[Item]) -> tuple[str, ...]:
    told = tuple(f"{i.id}: {_short(i.why)}. {_short(i.do)}".rstrip() for i in items[:_MOST_ITEMS])
    rest = len(items) - len(told)
    return (*told, f"and {rest} more in the report") if rest else told


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"


_MOST_ITEMS, _MOST_CHARACTERS = 15, 800
