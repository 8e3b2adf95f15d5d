"""Search for secrets in each place that an operator or auditor can read."""

import base64
import html
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from rehearsal.console.log_archive import logs_of
from rehearsal.outcome.secrets import SHORTEST, Secrets
from rehearsal.stage import Stage

HISTORY, INBOX = "the execution's history", "the inbox"
_FOLD = re.compile(r"(?:\r?\n|(?:\\r)?\\n) ")
_LONGEST = 40  # characters that are compared, so that a truncated secret is found too
_JSON_DEPTH = 3


def leaks(places: Mapping[str, str], secrets: Secrets) -> list[str]:
    """The names of places that contain a secret, never the secret itself."""
    everywhere = secrets.lasting | secrets.asked | secrets.tokens
    allowed = {INBOX: secrets.asked, HISTORY: secrets.tokens}
    return [
        place
        for place, text in places.items()
        if _holds(text, everywhere - allowed.get(place, frozenset()))
    ]


def _holds(text: str, secrets: Collection[str]) -> bool:
    heads: dict[str, list[str]] = defaultdict(list)
    for form in chain.from_iterable(map(_forms, secrets)):
        heads[form[:SHORTEST]].append(form)
    # Search for all in one pass: a large directory has tens of thousands.
    return any(
        text.startswith(form, at)
        for text in {text, _FOLD.sub("", text)}
        for at in range(len(text) - SHORTEST + 1)
        for form in heads.get(text[at : at + SHORTEST], ())
    )


def _forms(secret: str) -> set[str]:
    """The spellings of a secret: plain, and as in JSON, HTML, a URL and base64."""
    written = {
        secret,
        *_in_json(secret),
        html.escape(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        *_in_base64(secret.encode()),
    }
    return {each[:_LONGEST] for each in written if len(each) >= SHORTEST}


def _in_json(secret: str) -> Iterator[str]:
    """The secret as JSON escapes it, up to three times: a history nests JSON in JSON."""
    for escaped in (True, False):
        text = secret
        for _ in range(_JSON_DEPTH):
            text = json.dumps(text, ensure_ascii=escaped)[1:-1]
            yield text


def _in_base64(secret: bytes) -> Iterator[str]:
    """The base64 spellings of a text at each of the three possible offsets."""
    for ahead, foreign in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(bytes(ahead) + secret).decode()
        whole = (ahead + len(secret)) // 3 * 4
        yield encoded[foreign:whole]


def places(stage: Stage, history: Sequence[Mapping[str, Any]], reports: Path) -> dict[str, str]:
    """The content of each file by its name."""
    return {HISTORY: json.dumps(history, default=str)} | dict(
        (*files(stage.work, reports), *_objects(stage), *_settings(stage))
    )


def files(work: Path, reports: Path) -> Iterator[tuple[str, str]]:
    for path in logs_of(work):
        yield str(path.relative_to(work)), path.read_text(errors="replace")
    for path in (reports / "report.json", reports / "report.html"):
        if path.exists():
            yield path.name, path.read_text(errors="replace")
    mails = (path.read_text(errors="replace") for path in sorted((work / "inbox").glob("*")))
    yield INBOX, "\n".join(mails)


def _objects(stage: Stage) -> Iterator[tuple[str, str]]:
    s3, bucket = stage.aws.client("s3"), stage.outputs["EvidenceBucketName"]
    for each in s3.list_objects_v2(Bucket=bucket, Prefix="runs/").get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        yield each["Key"], body.decode(errors="replace")


def _settings(stage: Stage) -> Iterator[tuple[str, str]]:
    pages = stage.aws.client("ssm").get_paginator("get_parameters_by_path")
    for page in pages.paginate(Path="/changeover/", Recursive=True):
        yield from ((each["Name"], each["Value"]) for each in page["Parameters"])
