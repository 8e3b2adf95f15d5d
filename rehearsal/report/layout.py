"""The building blocks of the page."""

from collections.abc import Iterable

from rehearsal.report.markup import Markup, tag


def section(title: str, *content: str | None, note: str | None = None) -> Markup:
    said = tag("p", note, class_="note") if note else None
    return tag("section", tag("h2", title), said, *content)


def pairs(rows: Iterable[tuple[str, str]]) -> Markup:
    """A table of names and what they are."""
    return tag(
        "table",
        *(tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in rows),
        class_="pairs",
    )


def grid(
    head: Iterable[str], rows: Iterable[Iterable[str]], foot: Iterable[str] | None = None
) -> Markup:
    """A table with words in the first column and figures in the others. `foot` is the sum row."""
    table = tag(
        "table",
        tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head))),
        tag("tbody", *map(_cells, rows)),
        tag("tfoot", _cells(foot)) if foot else None,
        class_="grid",
    )
    return tag("div", table, class_="wide")


def _cells(row: Iterable[str]) -> Markup:
    return tag("tr", *(tag("td", cell) for cell in row))
