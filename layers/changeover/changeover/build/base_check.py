"""Whether a site's files were made from the release that its file `base` names.

With a wrong base, a merge takes what the vendor changed since as something that the site took out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from changeover.build.line_ends import as_the_release_has_it, text_of
from changeover.build.report import Item, Kind, Verdict
from changeover.build.three_way import lines_of
from changeover.build.tree import File, Tree

# Distances of a few lines are chance: a site may well have typed what a later release has.
_CLEARLY = 3
_LISTED = 10
_Sides = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Nearer:
    """Another release that files are nearer to than to their base. `lost` are lines of the base."""

    release: str
    lost: tuple[str, ...]


def check_base(
    items: Iterable[Item], site: Tree, name: str, base: Tree, others: Mapping[str, Tree]
) -> list[Item]:
    """Return the items, those of files that were made from one of `others` blocked.

    `name` is the release `base`. Files that lose little each are summed. If the sum shows another
    release, one more item, `archive:base`, is blocked.
    """
    checked: list[Item] = []
    unsuspected: dict[str, _Sides] = {}
    for item in items:
        sides = _sides(item, site, base)
        nearer = _nearer_release(sides, others)
        checked.append(_blocked(item, nearer, name) if nearer else item)
        unsuspected |= {} if nearer else sides
    if nearer := _nearer_release(unsuspected, others):
        whole = Item(Kind.ARCHIVE, "base", Verdict.BLOCKED, "")
        checked.append(_blocked(whole, nearer, name))
    return checked


def _sides(item: Item, site: Tree, base: Tree) -> dict[str, _Sides]:
    """Return the texts of the site's and the base's file, if the result has the site's change."""
    path = item.name
    if item.verdict in (Verdict.BLOCKED, Verdict.UPSTREAM) or path not in base:
        return {}
    # With line ends of another system, every release would be equally far away.
    file, _ = as_the_release_has_it(path, site[path], base[path])
    text, old = text_of(file), text_of(base[path])
    return {} if text is None or old is None else {path: (text, old)}


def _blocked(item: Item, nearer: _Nearer, name: str) -> Item:
    subject = "The file was" if item.kind is Kind.FILE else "These files together were"
    count = "1 line" if len(nearer.lost) == 1 else f"{len(nearer.lost)} lines"
    return replace(
        item,
        verdict=Verdict.BLOCKED,
        why=f"{subject} made from {nearer.release}, not from {name} as base says. The merge would"
        f" take {count} out of the release",
        vendor="\n".join(nearer.lost[:_LISTED]),
        do=f"Name {nearer.release} in base, or make the change again in the files of {name}.",
    )


def _nearer_release(files: Mapping[str, _Sides], others: Mapping[str, Tree]) -> _Nearer | None:
    """Return the release that the site's files were really made from, if it is not the base."""
    own = {path: _distance(old, text) for path, (text, old) in files.items()}
    gains = {
        name: sum(
            own[path] - _distance_to(tree.get(path), files[path][0], own[path]) for path in own
        )
        for name, tree in others.items()
    }
    best = max(gains, key=lambda name: gains[name], default="")
    if not best or gains[best] < _CLEARLY:
        return None
    lost = (_lost(*sides, others[best].get(path)) for path, sides in files.items())
    return _Nearer(best, tuple(line for lines in lost for line in lines))


def _lost(text: str, old: str, other: File | None) -> list[str]:
    """Return the base's lines that neither the site nor the other release has.

    A line that the other release has was taken out by the site itself.
    """
    there = {*lines_of(text), *lines_of(text_of(other) or "")}
    return [line.rstrip() for line in lines_of(old) if line.strip() and line not in there]


def _distance_to(other: File | None, text: str, unknown: int) -> int:
    """Return the distance to another release's file. Without such a file, it is `unknown`."""
    other_text = text_of(other)
    return unknown if other_text is None else _distance(other_text, text)


def _distance(old: str, new: str) -> int:
    """Return the number of lines that were removed and added, whatever their order."""
    before, after = Counter(lines_of(old)), Counter(lines_of(new))
    return (before - after).total() + (after - before).total()
