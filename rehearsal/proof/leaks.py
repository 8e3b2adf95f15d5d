"""Looks for secrets in every place that an operator, or an auditor, may read."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rehearsal.people.approver import Question
from rehearsal.stage import Stage

_SHORTEST = 8  # a shorter one may stand anywhere by chance
_KEYS = ("key", "code")
_HASHES = ("{SSHA}", "e1NTSEF9")  # the latter as LDIF has it, in base64


def secrets(passwords: Collection[str], question: Question | None) -> set[str]:
    """Passwords, hashes, and what the mail holds to decide with."""
    found = {password for password in passwords if len(password) >= _SHORTEST} | {*_HASHES}
    if question:
        values = parse_qs(urlsplit(question.link).query)
        found |= {question.code, *(key for each in _KEYS for key in values.get(each, ()))}
    return found


def leaks(places: Mapping[str, str], hidden: Collection[str]) -> list[str]:
    """The places where one stands, never which."""
    return [place for place, text in places.items() if any(secret in text for secret in hidden)]


def places(stage: Stage, history: Sequence[Mapping[str, Any]], reports: Path) -> dict[str, str]:
    """Their content by their names."""
    return {"the execution's history": json.dumps(history, default=str)} | dict(
        (*_files(stage.work, reports), *_objects(stage))
    )


def _files(work: Path, reports: Path) -> Iterator[tuple[str, str]]:
    logs = (work / "control-plane.log", work / "commands.jsonl", *(work / "logs").glob("*"))
    for path in (*logs, reports / "report.json", reports / "report.html"):
        if path.exists():
            yield path.name, path.read_text(errors="replace")


def _objects(stage: Stage) -> Iterator[tuple[str, str]]:
    s3, bucket = stage.aws.client("s3"), stage.outputs["EvidenceBucketName"]
    for each in s3.list_objects_v2(Bucket=bucket, Prefix="runs/").get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        yield each["Key"], body.decode(errors="replace")
