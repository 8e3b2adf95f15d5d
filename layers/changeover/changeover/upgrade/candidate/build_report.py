"""The build's report: kept with the run's evidence, and told to the approver."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict

from changeover.build import report_html, report_text
from changeover.build.report import Item, Kind, Verdict
from changeover.build.request import Answer, answer_from_json
from changeover.errors import ChangeoverError, Unhealthy
from changeover.ports.services import Evidence, Services
from changeover.types import Digest, Value


class BuildItem(Value):
    """One item of the build report, see `changeover.build.report.Item`."""

    kind: Kind
    name: str
    verdict: Verdict
    why: str
    file: str = ""
    lines: str = ""
    site: str = ""
    vendor: str = ""
    do: str = ""
    accepted: bool = False


def key_of(run: str) -> str:
    """Return the S3 key of a run's build report, without its ending."""
    return f"runs/{run}/build-report"


def keep(
    run: str, built: str, exported: Mapping[str, str], services: Services
) -> tuple[Answer, Digest]:
    """Copy the report from the build's folder to the run's. Return the answer and its sha256.

    Raises Unhealthy if the answer is not what the build exported.
    """
    evidence, wanted = services.evidence, exported["ANSWER_SHA256"]
    text = evidence.read(f"{built}/answer.json")
    answer = _answer(text, f"{built}/answer.json", wanted)
    evidence.write(f"{key_of(run)}.json", text)
    title = f"Build report of {run}"
    page = report_html.page(title, answer.items, answer.failure)
    evidence.write(f"{key_of(run)}.html", page.encode())
    return answer, wanted


def told(run: str, evidence: Evidence) -> tuple[str, ...]:
    """Return a text about a build that was not deployed, and where its whole report is.

    Raises nothing: it is information only.
    """
    key = key_of(run)
    try:
        items = answer_from_json(evidence.read(f"{key}.json").decode()).items
    except (ChangeoverError, ValueError, TypeError, KeyError) as error:
        return (f"The build's report cannot be read: {error}",)
    lines = "\n".join((report_text.summary(items), *report_text.lines(items)))
    where = f"The whole report is s3://{evidence.bucket}/{key}.html"
    return (f"What the build changed: {lines}\n{where}",)


def read(run: str, sha256: Digest | None, evidence: Evidence) -> tuple[BuildItem, ...]:
    """Return the report's items; none where an earlier version built the release.

    Raises Unhealthy if somebody changed the report.
    """
    if sha256 is None:
        return ()
    key = f"{key_of(run)}.json"
    answer = _answer(evidence.read(key), key, sha256)
    return tuple(BuildItem(**asdict(item)) for item in answer.items)


def _answer(text: bytes, key: str, wanted: Digest) -> Answer:
    found = hashlib.sha256(text).hexdigest()
    if found != wanted:
        raise Unhealthy(
            f"{key} has sha256 {found}, but the build wrote {wanted}: somebody changed it after the"
            " build. Start a new run"
        )
    try:
        return answer_from_json(text.decode())
    except (ValueError, TypeError, KeyError) as error:
        raise Unhealthy(f"{key} is not what a build writes: {error}") from error


def as_items(report: tuple[BuildItem, ...]) -> tuple[Item, ...]:
    return tuple(Item(**item.model_dump()) for item in report)


def in_words(report: tuple[BuildItem, ...]) -> tuple[str, ...]:
    """Return the counts in one line, and one line for each item that a person must look at."""
    if not report:
        return ()
    items = as_items(report)
    return (report_text.summary(items), *report_text.lines(items))


def in_html(report: tuple[BuildItem, ...]) -> str:
    """Return the report as HTML, with what needs no look folded."""
    return report_html.folded(as_items(report))
