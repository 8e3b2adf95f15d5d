"""report.json: everything the page shows, and nothing secret."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rehearsal.report.cost import cost
from rehearsal.report.record import Invocation, Mail, Record
from rehearsal.report.timeline import timeline
from rehearsal.report.traffic import over_time

NO_TRAFFIC = {"requests": 0, "failed": 0, "longest_gap_ms": 0, "by_release": {}}
IDENTITIES = (
    "users",
    "groups",
    "sudo_roles",
    "password_hashes",
    "live_digest",
    "candidate_digest",
    "logins_tried",
    "logins_ok",
    "logins_by_ssh",
    "logins_refused_on_live",
)
LINK = re.compile(r"(https?://[^/\s]+/)\S+")


def to_json(record: Record) -> dict[str, Any]:
    """The report as plain values. A value that the run never reached is null."""
    return {
        "scenario": record.scenario,
        "expected": record.expected,
        "outcome": record.outcome,
        "problems": list(record.problems),
        "cause": _shortened(record.cause),
        "started": _iso(record.started),
        "ended": _iso(record.ended),
        "seconds": round((record.ended - record.started).total_seconds(), 3),
        "candidate": record.candidate,
        "image": record.image,
        "images": {release: dict(image) for release, image in record.images.items()},
        "live_release": record.live_release,
        "lock": record.lock,
        "freeze_seconds": record.freeze_seconds,
        "late_changes": record.late_changes,
        "execution": {"status": record.status, **cost(record.history, record.invocations)},
        "traffic": {
            **NO_TRAFFIC,
            **record.traffic,
            "listener_final": [dict(share) for share in record.listener_final],
            "over_time": over_time(record.requests, record.started, record.ended),
        },
        "identities": {**dict.fromkeys(IDENTITIES), **record.identities},
        "timeline": [
            {**visit, "cause": _shortened(visit["cause"])} for visit in timeline(record.history)
        ],
        "functions": _functions(record.invocations),
        "metrics": [dict(each) for each in record.metrics],
        "mails": [_mail(mail) for mail in record.mails],
    }


def _functions(invocations: Sequence[Invocation]) -> list[dict[str, Any]]:
    by_name: dict[str, list[Invocation]] = defaultdict(list)
    for invocation in invocations:
        by_name[invocation["function"]].append(invocation)
    return [
        {
            "function": name,
            "invocations": len(calls),
            "cold": sum(call["cold"] for call in calls),
            "errors": sum(bool(call["error_type"]) for call in calls),
            "billed_ms": round(sum(call["billed_ms"] for call in calls)),
            "longest_ms": round(max(call["duration_ms"] for call in calls)),
        }
        for name, calls in by_name.items()
    ]


def _mail(mail: Mail) -> dict[str, Any]:
    """An e-mail without its text, which may contain the code for the decision."""
    at = datetime.fromtimestamp(mail["t"], UTC) if "t" in mail else None
    return {"at": at and _iso(at), "to": mail["to"], "subject": mail["subject"]}


def _shortened(text: str) -> str:
    """Shorten links to a decision or to an S3 object, because each grants access."""
    return LINK.sub(r"\1…", text)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
