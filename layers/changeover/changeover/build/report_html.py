"""The build report as HTML: a table that folds what is long."""

from collections.abc import Iterable, Sequence
from html import escape

from changeover.build.report import Item, Verdict, counted
from changeover.build.report_text import place, summary

_LOUD = (Verdict.BLOCKED, Verdict.ACTION_NEEDED)


def rows(items: Iterable[Item]) -> str:
    """Return a table of items, the ones that a person must look at first."""
    order = list(Verdict)
    ranked = sorted(items, key=lambda item: (item.accepted, -order.index(item.verdict)))
    body = "".join(_row(item) for item in ranked)
    head = "<tr><th>Verdict</th><th>Item</th><th>Why, and where</th></tr>"
    return f"<table class=build>{head}{body}</table>"


def folded(items: Sequence[Item]) -> str:
    """Return what needs a look as a table, and everything else folded."""
    loud = [item for item in items if item.verdict in _LOUD and not item.accepted]
    quiet = [item for item in items if item not in loud]
    told = rows(loud) if loud else "<p>Nothing needs a look.</p>"
    numbers = ", ".join(f"{count} {verdict}" for verdict, count in counted(quiet).items() if count)
    more = f"<details><summary>{escape(numbers)}</summary>{rows(quiet)}</details>" if quiet else ""
    return told + more


def page(title: str, items: Sequence[Item], failure: str = "") -> str:
    """Return a self-contained HTML page. `failure` says why nothing was built."""
    outcome = f"Not built: {failure}" if failure else summary(items)
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1><p>{escape(outcome)}</p>{rows(items)}</body></html>"
    )


def _row(item: Item) -> str:
    verdict = f"{item.verdict} (accepted)" if item.accepted else item.verdict.value
    opened = " open" if item.verdict is Verdict.BLOCKED else ""
    sides = "".join(
        f"<details{opened}><summary>{name}</summary><pre>{escape(text)}</pre></details>"
        for name, text in (("The site has", item.site), ("The release has", item.vendor))
        if text
    )
    do = f"<p><b>{escape(item.do)}</b></p>" if item.do and item.verdict in _LOUD else ""
    where = f"<br><small>{escape(place(item))}</small>" if place(item) else ""
    loud = " class=loud" if item.verdict in _LOUD and not item.accepted else ""
    return (
        f"<tr{loud}><td>{escape(verdict)}</td><td>{escape(item.id)}</td>"
        f"<td>{escape(item.why)}{where}{do}{sides}</td></tr>"
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:72em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ddd;padding:.4em 1em .4em 0;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}td:first-child{white-space:nowrap}td:nth-child(2){min-width:11em}"
    "small{color:#666}p{margin:.3em 0}"
    ".loud td:first-child{font-weight:bold}pre{white-space:pre-wrap}"
)
