"""The build report: one item for each repair, intent, changed file and proof, with a verdict."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an item is about."""

    ARCHIVE = "archive"
    FILE = "file"
    INTENT = "intent"
    REPAIR = "repair"
    PROOF = "proof"


class Verdict(StrEnum):
    """What became of an item. BLOCKED ends the build; ACTION_NEEDED wants a person to look."""

    APPLIED = "applied"
    CHANGED = "applied with change"
    UPSTREAM = "already upstream"
    ACTION_NEEDED = "action needed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the report.

    `name` is a repair's or an intent's id, or a file's path. `why` is the reason for the verdict,
    as a sentence without a full stop. `lines` are the lines in `file` that changed, such as
    `205, 281-283`. `site` and `vendor` are the two sides of a difference. `do` says what a person
    has to do, or is empty. `accepted` says that the site accepts this item.
    """

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

    @property
    def id(self) -> str:
        """The name by which a site accepts the item: `kind:name`."""
        return f"{self.kind}:{self.name}"


def blocked(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items that end the build."""
    return tuple(item for item in items if item.verdict is Verdict.BLOCKED)


def open_actions(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items that a person must look at and that the site has not accepted."""
    return tuple(i for i in items if i.verdict is Verdict.ACTION_NEEDED and not i.accepted)


def counted(items: Iterable[Item]) -> dict[str, int]:
    """Return the number of items of each verdict, in the order of `Verdict`."""
    numbers = Counter(item.verdict for item in items)
    return {verdict.value: numbers[verdict] for verdict in Verdict}


def as_json(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return the items as JSON objects."""
    return [asdict(item) for item in items]


def from_json(items: Iterable[dict[str, Any]]) -> tuple[Item, ...]:
    """Read what `as_json` returned."""
    return tuple(
        Item(**item | {"kind": Kind(item["kind"]), "verdict": Verdict(item["verdict"])})
        for item in items
    )
