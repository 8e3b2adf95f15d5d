"""The approver: reads the e-mail, opens its link as a browser would, and fills in the form."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from changeover.upgrade.approval.gate import Decision

_LINK = re.compile(r"https?://\S+/changeover/review\S+")
_CODE = re.compile(r"asks for this code: (\S+)")


@dataclass(frozen=True, slots=True)
class Question:
    """The parts of an approval e-mail."""

    link: str
    code: str


def question_in(message: str) -> Question | None:
    """None if the e-mail is not a request for approval."""
    if (link := _LINK.search(message)) and (code := _CODE.search(message)):
        return Question(link[0], code[1])
    return None


def await_question(inbox: Path, going_on: Callable[[], bool]) -> Question | None:
    """The first approval e-mail. None if the run ends without one."""
    while True:
        last_look = not going_on()
        for path in sorted(inbox.glob("*.json")):
            if question := question_in(json.loads(path.read_text())["message"]):
                return question
        if last_look:
            return None
        time.sleep(0.1)


def scan(question: Question) -> list[int]:
    """Open the link as a mail gateway may do, and submit its form with each choice once.

    Returns the statuses it got for the forms; none may be a success.
    """
    form = _open_form(question.link)
    return [
        _post(question.link, form.fields | {"decision": decision, "name": "x", "code": "x"})[0]
        for decision in form.decisions
    ]


def decide(question: Question, decision: Decision) -> str:
    """Do what a person does: read the page, type the code from the e-mail, press the button."""
    form = _open_form(question.link)
    if decision not in form.decisions:
        raise RuntimeError(f"the review page offers {form.decisions}, not {decision}")
    typed = {"decision": decision.value, "name": "Rehearsal", "code": question.code}
    status, page = _post(question.link, form.fields | typed)
    if status != 200:  # noqa: PLR2004 - HTTP's OK
        raise RuntimeError(f"the review page answered {status}: {page}")
    return page


class _Form(HTMLParser):
    """The hidden fields and the buttons of a page's form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.decisions: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]
        if tag == "button" and given.get("name") == "decision":
            self.decisions.append(given["value"])


def _open_form(link: str) -> _Form:
    with urllib.request.urlopen(link, timeout=60) as answer:  # noqa: S310 - our own loopback link
        return _Form(answer.read().decode())


def _post(link: str, fields: dict[str, str]) -> tuple[int, str]:
    body = urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(link, body, timeout=60) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
