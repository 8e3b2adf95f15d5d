"""The metrics that CloudWatch would make of the functions' logs: lines in its embedded format."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def metrics(work: Path, since: datetime) -> list[dict[str, Any]]:
    """Every value that was emitted since, in the order of time: name, dimensions, unit, value."""
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
    """As CloudWatch reads it: a metric a name, a set of dimensions and a value."""
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
