"""Convert a request to a load balancer's Lambda event, and the function's answer to a response."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from multidict import CIMultiDict
from yarl import URL

from rehearsal.front_door.listener import Answer
from rehearsal.front_door.routes import Function

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# A load balancer base64-encodes all other bodies, including submitted forms.
PLAIN_CONTENT = re.compile(r"text/|application/(json|javascript|xml)\b")
BAD_GATEWAY = Answer(502, {"Content-Type": "text/html"}, "<h1>502 Bad Gateway</h1>")


def to_event(
    target_group: str, method: str, url: URL, headers: CIMultiDict[str], body: bytes
) -> dict[str, Any]:
    """Multi-value headers are off, as by default: of several values, the last one stays."""
    plain = not body or _is_plain(headers)
    return {
        "requestContext": {"elb": {"targetGroupArn": target_group}},
        "httpMethod": method,
        "path": url.raw_path,
        "queryStringParameters": _query(url.raw_query_string),
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": body.decode() if plain else base64.b64encode(body).decode(),
        "isBase64Encoded": not plain,
    }


def invoke(client: "LambdaClient", function: Function, event: Mapping[str, Any]) -> Answer:
    """Invoke the function and wait for its answer."""
    try:
        answer = client.invoke(FunctionName=function.arn, Payload=json.dumps(event))
    except (BotoCoreError, ClientError):
        return BAD_GATEWAY
    payload = answer["Payload"].read()
    return BAD_GATEWAY if answer.get("FunctionError") else _to_answer(payload)


def _is_plain(headers: CIMultiDict[str]) -> bool:
    content = headers.get("Content-Type", "")
    return "Content-Encoding" not in headers and bool(PLAIN_CONTENT.match(content))


def _query(raw: str) -> dict[str, str]:
    """Query parameters, still URL-encoded: a load balancer does not decode them."""
    pairs = (part.partition("=") for part in raw.split("&") if part)
    return {name: value for name, _, value in pairs}


def _to_answer(payload: bytes) -> Answer:
    """Convert the answer of a function. Another shape is a 502 (bad gateway)."""
    try:
        answer = json.loads(payload)
        body = answer.get("body") or ""
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        headers = {str(name): str(value) for name, value in (answer.get("headers") or {}).items()}
        return Answer(int(answer["statusCode"]), headers, body)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return BAD_GATEWAY
