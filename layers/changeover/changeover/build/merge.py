"""Merge a site's whole files into a vendor's release, three ways, file by file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from changeover.build.base_check import check_base
from changeover.build.line_ends import as_the_release_has_it, text_of
from changeover.build.moves import moved_to, nothing_reads
from changeover.build.parsing import newly_broken
from changeover.build.report import Item, Kind, Verdict
from changeover.build.three_way import Conflict, changed_lines, merge_text, shown_lines, shown_text
from changeover.build.tree import File, Tree

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Release:
    """A release with its name, such as `2.6.1`."""

    name: str
    tree: Tree


def merge_site(
    vendor: Release, base: Release, site: Tree, others: Mapping[str, Tree]
) -> tuple[Tree, tuple[Item, ...]]:
    """Return the vendor's release with the site's files merged in, and one item for each file.

    `base` is the release that the site changed, and `others` are further releases by name, to see
    whether the base is right. A blocked file keeps the vendor's content. `archive:base` comes last
    if only the files together show a wrong base.
    """
    # A file that was made from the release itself merges well, whatever its base says.
    known = {name: tree for name, tree in others.items() if name not in (base.name, vendor.name)}
    merged = {path: _merge_file(path, file, vendor, base) for path, file in sorted(site.items())}
    items = check_base([item for _, item in merged.values()], site, base.name, base.tree, known)
    result, placed, told = dict(vendor.tree), dict[str, str](), []
    for item in items:
        file = merged[item.name][0] if item.kind is Kind.FILE else None
        if file is None or item.verdict is Verdict.BLOCKED:
            told.append(item)
            continue
        first = placed.setdefault(item.file, item.name)
        if first == item.name:
            result[item.file] = file
            told.append(item)
        else:
            why = f"{first} of the site moved to {item.file} as well"
            told.append(replace(item, verdict=Verdict.BLOCKED, why=why, do=_REDO))
    return result, tuple(told)


def _merge_file(path: str, given: File, vendor: Release, base: Release) -> tuple[File | None, Item]:
    """Return the merged file, or None to leave the release's, and the item."""
    old, new = base.tree.get(path), vendor.tree.get(path)
    site, told = as_the_release_has_it(path, given, new or old)
    if old is not None and new is not None:
        # Where the vendor changed the line ends, the base has to follow.
        old, followed = as_the_release_has_it(path, old, new)
        told = [] if followed else told
    lost_mode = bool(old and old.executable and not given.executable)
    site = File(site.data, site.executable or lost_mode)
    if old is None:
        merged, item = _added(path, site, vendor)
    elif site == old:
        return None, _item(path, Verdict.UPSTREAM, f"It equals the file of {base.name}", do=_LEAVE)
    elif new is None:
        merged, item = _gone(path, site, vendor, base)
    else:
        merged, item = _changed(path, site, old, new, vendor)
    if told:
        item = _also(item, Verdict.CHANGED if old else Verdict.ACTION_NEEDED, "; ".join(told))
    if merged is None:
        return None, item
    if lost_mode and merged.executable:
        why = "it was packed without the right to execute it, which it keeps"
        item = _also(item, Verdict.ACTION_NEEDED, why)
    if problem := newly_broken(item.file, new or old, merged):
        return None, _item(path, Verdict.BLOCKED, f"The result cannot be read: {problem}", do=_REDO)
    return merged, item


_LEAVE = "Leave it out of the customizations."
_REDO = "Make the change again in the release's own file, and name that release in base."


def _added(path: str, site: File, vendor: Release) -> tuple[File | None, Item]:
    there = vendor.tree.get(path)
    if there is not None:
        if there.data == site.data:
            why = f"{vendor.name} has this file"
            return None, _item(path, Verdict.UPSTREAM, why, do=_LEAVE)
        why = f"{vendor.name} has another file of this name, and the base has none"
        return None, _item(path, Verdict.BLOCKED, why, do="Give the file another name.")
    if folder := nothing_reads(path, vendor.tree):
        why = f"{vendor.name} has no folder {folder}, so nothing reads the file"
        do = "Put it where this release looks for it."
        return site, _item(path, Verdict.ACTION_NEEDED, why, do=do)
    return site, _item(path, Verdict.APPLIED, "A file of the site")


def _gone(path: str, site: File, vendor: Release, base: Release) -> tuple[File | None, Item]:
    old = base.tree[path]
    # A copy that the base had too is another file, not this one's new place.
    unknown = {place: file for place, file in vendor.tree.items() if place not in base.tree}
    places = moved_to(path, old, unknown)
    if not places:
        why = f"{vendor.name} no longer has this file"
        return None, _item(path, Verdict.BLOCKED, why, do="Find out what replaced it.")
    target = places[0]
    merged, item = _changed(target, site, old, vendor.tree[target], vendor)
    item = replace(item, name=path)
    if item.verdict is Verdict.BLOCKED:
        return None, replace(item, why=f"{vendor.name} has it as {target}. {item.why}")
    if len(places) > 1:
        why = f"{vendor.name} has files of this name in several places: {', '.join(places)}"
        do = "Find out which of them the release reads, and change that one."
        return merged, replace(_also(item, Verdict.ACTION_NEEDED, why), do=do)
    return merged, _also(item, Verdict.CHANGED, f"the file moved to {target}")


def _changed(
    path: str, site: File, old: File, new: File, vendor: Release
) -> tuple[File | None, Item]:
    executable = site.executable if site.executable != old.executable else new.executable
    if site.data == new.data and executable == new.executable:
        why = f"{vendor.name} has the same change"
        return None, _item(path, Verdict.UPSTREAM, why, do=_LEAVE)
    if new.data == old.data:
        item = _item(path, Verdict.APPLIED, f"The vendor did not change it up to {vendor.name}")
        lines = changed_lines(text_of(old) or "", text_of(site) or "")
        return File(site.data, executable), replace(item, lines=shown_lines(lines))
    if site.data == old.data:  # only the right to execute it
        return File(new.data, executable), _item(path, Verdict.APPLIED, "Its mode changed")
    texts = [text_of(each) for each in (old, site, new)]
    if None in texts:
        why = "Both sides changed a binary file"
        return None, _item(path, Verdict.BLOCKED, why, do=_REDO)
    base_text, site_text, vendor_text = (text or "" for text in texts)
    merge = merge_text(base_text, site_text, vendor_text)
    if merge.conflicts:
        return None, _conflict(path, merge.conflicts)
    item = _item(path, Verdict.CHANGED, "Both sides changed it in different places")
    return File(merge.text.encode(), executable), replace(
        item,
        lines=shown_lines(merge.ours),
        site=f"lines {shown_lines(changed_lines(base_text, site_text)) or 'none'}",
        vendor=f"lines {shown_lines(changed_lines(base_text, vendor_text)) or 'none'}",
    )


def _conflict(path: str, conflicts: tuple[Conflict, ...]) -> Item:
    places = "one place" if len(conflicts) == 1 else f"{len(conflicts)} places"
    item = _item(path, Verdict.BLOCKED, f"Both sides changed the same lines in {places}", do=_REDO)
    shown = conflicts[:_LISTED]
    return replace(
        item,
        lines=", ".join(str(each.vendor_line) for each in conflicts),
        site="\n…\n".join(shown_text(each.site_line, each.site) for each in shown),
        vendor="\n…\n".join(shown_text(each.vendor_line, each.vendor) for each in shown),
    )


def _also(item: Item, verdict: Verdict, why: str) -> Item:
    """Return the item with one more reason, and the graver of the two verdicts."""
    order = list(Verdict)
    graver = max(item.verdict, verdict, key=order.index)
    if item.verdict is Verdict.UPSTREAM:
        graver = item.verdict
    return replace(item, verdict=graver, why=f"{item.why}; {why}")


def _item(path: str, verdict: Verdict, why: str, do: str = "") -> Item:
    return Item(Kind.FILE, path, verdict, why, file=path, do=do)
