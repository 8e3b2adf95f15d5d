"""The metrics in the functions' logs, which CloudWatch reads as embedded metric format (EMF)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def metrics(work: Path, since: datetime) -> list[dict[str, Any]]:
    """Return each value that was emitted since then, by time. For the keys see `in_line`."""
    found = [
        each
        for log in sorted((work / "logs").glob("*.log"))
        for line in log.read_text(errors="replace").splitlines()
        if '"CloudWatchMetrics"' in line
        for each in in_line(line)
        if each["at"] >= since.isoformat(timespec="milliseconds")
    ]
    return sorted(found, key=lambda each: str(each["at"]))


def in_line(line: str) -> Iterator[dict[str, Any]]:
    """Yield one metric for each name, set of dimensions and value, as CloudWatch reads the line."""
    read = json.loads(line)
    at = datetime.fromtimestamp(read["_aws"]["Timestamp"] / 1000, UTC)
    for directive in read["_aws"]["CloudWatchMetrics"]:
        for metric in directive["Metrics"]:
            values = read[metric["Name"]]
            for dimensions in directive["Dimensions"]:
                for value in values if isinstance(values, list) else [values]:
                    yield {
                        "namespace": directive["Namespace"],
                        "name": metric["Name"],
                        "dimensions": {name: read[name] for name in dimensions},
                        "unit": metric["Unit"],
                        "value": value,
                        "at": at.isoformat(timespec="milliseconds"),
                    }
