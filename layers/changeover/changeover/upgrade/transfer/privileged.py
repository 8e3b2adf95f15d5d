"""Summary of who can become root, for the approver: grouped by way, with the first names."""

from collections.abc import Iterable, Iterator, Sequence

from changeover.identities.rules.collector import printable
from changeover.identities.rules.privileges import Privilege
from changeover.types import Value

# Step Functions' state data and the e-mail have room for a short list only.
_WAYS = 20
_NAMES = 10


class Way(Value):
    """One way to become root, the first users who have it, and how many more have it."""

    way: str
    names: tuple[str, ...] = ()
    more: int = 0


def summed_up(privileges: Iterable[Privilege]) -> tuple[Way, ...]:
    """Group the privileges by way; the ways that SOCA itself makes come first.

    Returns at most 20 ways with names, and then one that counts the ways left out.
    """
    names: dict[str, dict[str, None]] = {}
    further: set[str] = set()
    for each in sorted(privileges, key=lambda each: (not each.ordinary, each.way)):
        if each.way not in names and len(names) == _WAYS:
            further.add(each.way)
        else:
            names.setdefault(each.way, {}).update(dict.fromkeys(map(printable, each.names)))
    ways = [
        Way(way=way, names=tuple(those)[:_NAMES], more=max(len(those) - _NAMES, 0))
        for way, those in names.items()
    ]
    return (*ways, *([Way(way="in further ways", more=len(further))] if further else []))


def describe(ways: Sequence[Way]) -> Iterator[str]:
    """Yield one line for each way."""
    for each in ways:
        more = f"and {each.more} more" if each.names else str(each.more)
        names = ", ".join(each.names)
        yield f"{each.way}: {names}{' ' if names and each.more else ''}{more if each.more else ''}"
