"""`changeover release diff`: what the vendor changed, first where the site has changes."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from changeover.build.line_ends import text_of
from changeover.build.moves import moved_to
from changeover.build.site_archive import SiteParts
from changeover.build.three_way import changed_lines, shown_lines
from changeover.build.tree import Tree
from changeover.cli import exit_codes
from changeover.cli.release_sources import read_release, read_site
from changeover.cli.text import SHOWN, legible, more


@dataclass(frozen=True, slots=True)
class Change:
    """One file that the vendor changed. `site`: the site has a whole file in its place."""

    path: str
    what: str
    detail: str
    site: bool


def run_diff(request: argparse.Namespace) -> int:
    """Print the changes. Returns FOUND if one concerns a file of the site."""
    site = read_site(request.site) if request.site else SiteParts()
    old, new = read_release(request.old), read_release(request.new)
    changes = list(_changes(old.tree, new.tree, site.whole_files))
    if request.json:
        sys.stdout.write(json.dumps([asdict(each) for each in changes], indent=1) + "\n")
    else:
        sys.stdout.writelines(_page(changes, request.all, has_site=bool(request.site)))
    concerned = any(each.site for each in changes)
    return exit_codes.FOUND if concerned else exit_codes.FINE


def _changes(old: Tree, new: Tree, site: Tree) -> Iterator[Change]:
    """Yield every difference, those in the site's files first."""
    paths = sorted(old.keys() | new.keys(), key=lambda path: (path not in site, path))
    for path in paths:
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        if before is None:
            yield Change(path, "added", "", path in site)
        elif after is None:
            places = moved_to(path, before, new) if path in site else []
            detail = f"now {', '.join(places)}" if places else ""
            yield Change(path, "moved" if places else "removed", detail, path in site)
        else:
            yield Change(path, "changed", _lines(old, new, path), path in site)


def _lines(old: Tree, new: Tree, path: str) -> str:
    before, after = text_of(old[path]), text_of(new[path])
    if before is None or after is None:
        return "binary"
    if before == after:
        return "mode"
    return f"lines {shown_lines(changed_lines(before, after))}"


def _page(changes: list[Change], everything: bool, *, has_site: bool) -> Iterator[str]:
    mine = [each for each in changes if each.site]
    others = [each for each in changes if not each.site]
    if has_site:
        yield f"files of the site that the vendor changed: {len(mine)}\n"
        yield from (_line(each) for each in mine)
        yield "\n"
    counted = Counter(each.what for each in others)
    told = ", ".join(f"{number:,} {what}" for what, number in sorted(counted.items()))
    yield f"other files: {told or 'no difference'}\n"
    shown = others if everything else others[:SHOWN]
    yield from (_line(each) for each in shown)
    yield from more(len(others) - len(shown))


def _line(change: Change) -> str:
    return legible(f"  {change.what:<8} {change.path}  {change.detail}".rstrip()) + "\n"
