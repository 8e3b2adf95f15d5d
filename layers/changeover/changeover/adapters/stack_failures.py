"""Find why a stack's last operation failed, from its CloudFormation events, newest first.

A stack's events cover all of its operations. A stack that failed to create, rolled back and then
failed to delete has failures of both operations. Only those of the last operation are causes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef as Event

NESTED = "AWS::CloudFormation::Stack"
_STARTS = frozenset(f"{kind}_IN_PROGRESS" for kind in ("CREATE", "UPDATE", "DELETE", "IMPORT"))
_ROLLING_BACK = frozenset({"ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"})
_ROLLING_BACK |= {"IMPORT_ROLLBACK_IN_PROGRESS"}
# CloudFormation cancels all other resources when one fails. The word "cancelled" alone proves
# nothing: a resource may have failed because a person canceled something.
_CANCELLED = re.compile(r"\W*resource (\w+ ){0,3}cancell?ed", re.IGNORECASE)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Cause:
    """A resource whose own failure is a cause. `kind` is the action: CREATE, UPDATE or DELETE."""

    resource: str
    type: str
    kind: str
    reason: str
    physical_id: str

    def __str__(self) -> str:
        reason = self.reason
        cut = reason if len(reason) <= _LONGEST else reason[: _LONGEST - 1] + "…"
        return f"{self.resource} ({self.type}): {cut or 'no reason given'}"


def causes(newest_first: Iterable["Event"], kind: str = "") -> list[Cause]:
    """Return the causes of the failure of a stack's last operation, oldest first.

    Empty if nothing failed. `kind` selects the last operation of that kind instead: a parent
    deletes a nested stack that failed to create, so the deletion is the nested stack's last
    operation.
    """
    operations = list(_operations(newest_first))
    fitting = [each for each in operations if kind.startswith(_kind_of(each))]
    parts = _parts(next(iter(fitting if kind else operations), []))
    # A failure during a rollback is a consequence, unless a person started the rollback again.
    if not kind and len(parts) > 1 and _stood_still(parts[-2]):
        parts.insert(0, parts[-1])
    return next(filter(None, map(_causes, parts)), [])


def _operations(newest_first: Iterable["Event"]) -> Iterator[list["Event"]]:
    """Yield each operation's events, oldest first. The last operation comes first."""
    events: list[Event] = []
    for event in newest_first:
        events.append(event)
        if _is_root(event) and _status(event) in _STARTS:
            yield events[::-1]
            events = []
    if events:
        yield events[::-1]


def _kind_of(operation: Sequence["Event"]) -> str:
    """Return CREATE, UPDATE, DELETE or IMPORT. Empty if the operation's first event is missing."""
    first = operation[0]
    started = _is_root(first) and _status(first) in _STARTS
    return _status(first).partition("_")[0] if started else ""


def _parts(operation: Sequence["Event"]) -> list[list["Event"]]:
    """Split an operation into its forward part and each rollback."""
    parts: list[list[Event]] = [[]]
    for event in operation:
        if _is_root(event) and _status(event) in _ROLLING_BACK:
            parts.append([])
        parts[-1].append(event)
    return parts


def _stood_still(part: Sequence["Event"]) -> bool:
    """Whether the stack reached a final status in this part. Only a person can continue then."""
    roots = [_status(each) for each in part if _is_root(each)]
    return bool(roots) and not roots[-1].endswith("_IN_PROGRESS")


def _is_root(event: "Event") -> bool:
    """Whether the event is about the stack itself.

    A logical ID has no hyphen, so no resource can have the stack's name.
    """
    return event.get("LogicalResourceId") == event.get("StackName") or (
        event.get("ResourceType") == NESTED
        and event.get("PhysicalResourceId", "") == event.get("StackId")
    )


def _causes(oldest_first: Sequence["Event"]) -> list[Cause]:
    """Return one cause per resource, because CloudFormation may retry a resource."""
    failures = [each for each in oldest_first if _is_failure(each) and not _is_root(each)]
    found = {each.get("LogicalResourceId", ""): _cause(each) for each in reversed(failures)}
    return list(found.values())[::-1]


def _is_failure(event: "Event") -> bool:
    cancelled = _CANCELLED.match(event.get("ResourceStatusReason", ""))
    return _status(event).endswith("_FAILED") and not cancelled


def _cause(event: "Event") -> Cause:
    return Cause(
        resource=event.get("LogicalResourceId", "?"),
        type=event.get("ResourceType", "?"),
        kind=_status(event).partition("_")[0],
        reason=event.get("ResourceStatusReason", ""),
        physical_id=event.get("PhysicalResourceId", ""),
    )


def _status(event: "Event") -> str:
    return event.get("ResourceStatus", "")
