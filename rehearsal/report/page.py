"""report.html: one self-contained page, made from report.json only."""

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from rehearsal.report import labels, tables
from rehearsal.report.axis import axis_of
from rehearsal.report.figures import figures
from rehearsal.report.markup import Markup, join, tag
from rehearsal.report.states import states
from rehearsal.report.users import users

FOLDER = Path(__file__).parent

Report = Mapping[str, Any]


def to_html(report: Report) -> str:
    """`report` comes from `to_json`, or from the file report.json."""
    return Template((FOLDER / "page.html").read_text()).substitute(
        title=join(f"{labels.headline(report['outcome'])} · {report['scenario']}"),
        style=(FOLDER / "page.css").read_text(),
        tone=_tone(report),
        body=_body(report),
    )


def _body(report: Report) -> Markup:
    axis = axis_of(report)
    return join(
        _header(report),
        figures(report),
        users(report, axis),
        states(report, axis),
        tag(
            "div",
            tag("div", tables.identities(report), tables.cost(report)),
            tag("div", tables.run(report), tables.mails(report)),
            class_="columns",
        ),
        tables.images(report),
        tables.functions(report),
    )


def _header(report: Report) -> Markup:
    return tag(
        "header",
        tag("p", "Changeover rehearsal", class_="eyebrow"),
        tag("h1", labels.headline(report["outcome"])),
        tag(
            "p",
            tag("span", f"scenario {report['scenario']}", class_="pill"),
            tag(
                "span",
                labels.verdict(report),
                class_="pill good" if _expected(report) else "pill bad",
            ),
            class_="pills",
        ),
        tag("p", report["cause"], class_="cause") if report["cause"] else None,
        tag("p", labels.meaning(report), class_="lead"),
    )


def _tone(report: Report) -> str:
    return "good" if _expected(report) and not report["traffic"]["failed"] else "bad"


def _expected(report: Report) -> bool:
    return report["outcome"] == report["expected"] and not report["problems"]
