"""Files that the vendor moved, and folders that it gave up."""

from difflib import SequenceMatcher

from changeover.build.line_ends import text_of
from changeover.build.three_way import lines_of
from changeover.build.tree import File, Tree

_ALIKE = 0.8


def moved_to(path: str, old: File, vendor: Tree) -> list[str]:
    """Return where the release has the base's file at `path` now, the likeliest place first.

    Each place has a file of the same name. The first has the same content or nearly so; without
    such a place, the answer is empty.
    """
    name = path.rpartition("/")[2]
    places = sorted(each for each in vendor if each.rpartition("/")[2] == name)
    alike = {each: _likeness(old, vendor[each]) for each in places}
    best = sorted((each for each in places if alike[each] >= _ALIKE), key=lambda e: -alike[e])
    return best + [each for each in places if each not in best] if best else []


def nothing_reads(path: str, vendor: Tree) -> str:
    """Return the file's folder if the release has no file in it, otherwise an empty string."""
    folder = path.rpartition("/")[0]
    return "" if any(each.startswith(f"{folder}/") for each in vendor) else folder


def _likeness(old: File, new: File) -> float:
    """Return a share from 0 to 1; binary files are alike only if they are equal."""
    if old.data == new.data:
        return 1.0
    before, after = text_of(old), text_of(new)
    if before is None or after is None:
        return 0.0
    return SequenceMatcher(None, lines_of(before), lines_of(after), autojunk=False).ratio()
