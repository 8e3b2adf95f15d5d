"""The approval page behind the load balancer: GET shows the evidence, POST decides."""

from base64 import b64decode
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from pydantic import ValidationError

from changeover.ports.services import Services
from changeover.ports.values import ApprovalRecord
from changeover.upgrade.approval.gate import AlreadyDecided, Answer, Decision, Problem, decide, find
from changeover.upgrade.approval.page import decided, decided_before, page, question

_MOST_BYTES = 16_384
_LONGEST_NAME = 100


def respond(request: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """Answer one request from the load balancer (an ALB event).

    Only a POST of the whole form decides, or sends a decision again. Any other method only shows
    the page. Returns the ALB response, with status 409 if the answer does not count.
    """
    query = _query(request)
    cluster = query.get("cluster") or services.default_cluster
    try:
        if request.get("httpMethod") == "POST":
            return page(200, decided(_decide(cluster, _fields(request), services)))
        record, evidence = find(cluster, query.get("run", ""), query.get("key", ""), services)
        return page(200, question(record, evidence, query["key"]))
    except _AskAgain as again:
        return page(409, again.page)
    except AlreadyDecided as known:
        return page(409, decided_before(known.record, query.get("key", "")))
    except Problem as problem:
        return page(409, f"<h1>No decision is possible here</h1><p>{escape(str(problem))}</p>")


class _AskAgain(Exception):
    """The form once more, with the reason why the answer did not count."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page


def _decide(cluster: str, fields: dict[str, str], services: Services) -> ApprovalRecord:
    key = fields.get("key", "")
    try:
        return decide(cluster, _answer(fields), services)
    except AlreadyDecided as known:
        raise _AskAgain(decided_before(known.record, key)) from known
    except Problem as problem:
        try:
            record, evidence = find(cluster, fields.get("run", ""), key, services)
        except AlreadyDecided as known:
            raise _AskAgain(decided_before(known.record, key, str(problem))) from problem
        except Problem:
            raise problem from None
        raise _AskAgain(question(record, evidence, key, fields, str(problem))) from problem


def _query(request: Mapping[str, Any]) -> dict[str, str]:
    """Decode the query string, because a load balancer passes it on still URL-encoded."""
    sent = request.get("queryStringParameters") or {}
    return {unquote_plus(str(name)): unquote_plus(str(value)) for name, value in sent.items()}


def _fields(request: Mapping[str, Any]) -> dict[str, str]:
    body = str(request.get("body") or "")
    if len(body) > _MOST_BYTES:
        raise Problem("The form holds too much text. Open the link from the e-mail again.")
    # A load balancer base64-encodes the body of a form, but not of some other content types.
    if request.get("isBase64Encoded"):
        body = b64decode(body).decode(errors="replace")
    return {name: values[0] for name, values in parse_qs(body).items()}


def _answer(fields: dict[str, str]) -> Answer:
    if not fields.get("name", "").strip() or len(fields["name"]) > _LONGEST_NAME:
        raise Problem("Enter your name, so that others know who decided (100 letters at most).")
    if fields.get("decision") not in set(Decision):
        raise Problem("Choose one: approve or reject.")
    try:
        return Answer.model_validate(fields)
    except ValidationError:
        raise Problem("The form was incomplete. Open the link from the e-mail again.") from None
