"""Whether a site's files were made from the release that its file `base` names.

With a wrong base, a merge takes what the vendor changed since as something that the site took out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from changeover.build.line_ends import text_of
from changeover.build.three_way import lines_of
from changeover.build.tree import File, Tree

# Distances of a few lines are chance: a site may well have typed what a later release has.
_CLEARLY = 3


@dataclass(frozen=True, slots=True)
class Nearer:
    """Another release that a file is nearer to than to its base. `lost` are lines of the base."""

    release: str
    lost: tuple[str, ...]


def nearer_release(path: str, site: File, base: File, others: Mapping[str, Tree]) -> Nearer | None:
    """Return the release that the site's file was really made from, if it is not the base."""
    text, base_text = text_of(site), text_of(base)
    if text is None or base_text is None:
        return None
    own = _distance(base_text, text)
    best, best_name = own, ""
    for name, tree in others.items():
        other = text_of(tree.get(path))
        if other is not None and (found := _distance(other, text)) < best:
            best, best_name = found, name
    if own - best < _CLEARLY:
        return None
    there = set(lines_of(text))
    lost = (line.rstrip() for line in lines_of(base_text) if line not in there)
    return Nearer(best_name, tuple(line for line in lost if line.strip()))


def _distance(old: str, new: str) -> int:
    """Return the number of lines that were removed and added, whatever their order."""
    before, after = Counter(lines_of(old)), Counter(lines_of(new))
    return (before - after).total() + (after - before).total()
