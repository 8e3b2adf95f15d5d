"""Make a release: merge the site's files, apply its intents, repair, prove."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from changeover.build.intents.apply import apply_intents
from changeover.build.intents.model import Intent, SiteChoices, site_choices
from changeover.build.merge import Release, merge_site
from changeover.build.near_words import near
from changeover.build.proof import prove
from changeover.build.repairs import repair
from changeover.build.repairs.catalog import REPAIRS
from changeover.build.report import Item, Kind, Verdict
from changeover.build.settings import BuildSettings
from changeover.build.site_archive import SiteParts
from changeover.build.tree import Tree

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Sources:
    """What a release is made of.

    `base` is the release that the site's whole files were made from, or None without such files.
    `others` are further releases by name, to see whether the base is right.
    """

    vendor: Release
    site: SiteParts = field(default_factory=SiteParts)
    base: Release | None = None
    others: Mapping[str, Tree] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """A release's files and the report. Nothing may be deployed if an item is blocked."""

    tree: Tree
    items: tuple[Item, ...]


def build(sources: Sources, settings: BuildSettings) -> BuiltRelease:
    """Make a release. It reports all faults at once.

    Raises BadIntents if the site's intents cannot be read.
    """
    site = sources.site
    choices = SiteChoices() if site.intents is None else site_choices(site.intents)
    settings = replace(settings, repairs_off=settings.repairs_off | choices.repairs_off)
    tree: Tree = sources.vendor.tree
    items: list[Item] = list(_archive_items(site, choices))
    if site.whole_files:
        assert sources.base is not None, "whole files have a base"
        tree, merged = merge_site(sources.vendor, sources.base, site.whole_files, sources.others)
        items += merged
    intents = (*_machines(settings, choices), *choices.intents)
    tree, applied = apply_intents(tree, intents, site.own_files, settings)
    items += applied
    tree, repaired = repair(tree, settings)
    items += repaired
    items += prove(tree, settings)
    return BuiltRelease(tree, _accepted(tuple(items), choices.accepted))


def _machines(settings: BuildSettings, choices: SiteChoices) -> list[Intent]:
    """Return the configuration's instance types as intents, where the site has none of its own."""
    own = {intent.fields["role"] for intent in choices.intents if intent.kind == "machine"}
    return [
        Intent(f"machine-{role}", "machine", {"role": role, "instance_type": kind})
        for role, kind in settings.machines.items()
        if role not in own
    ]


def _archive_items(site: SiteParts, choices: SiteChoices) -> list[Item]:
    """Return items about the archive itself: names without meaning, files without use."""
    known = [each.id for each in REPAIRS]
    found = [
        Item(
            Kind.ARCHIVE,
            f"repairs_off {name}",
            Verdict.BLOCKED,
            f"There is no repair {name}{near(name, known)}",
            do=f"Known are {', '.join(known)}.",
        )
        for name in sorted(choices.repairs_off - set(known))
    ]
    used = {str(i.fields["from"]) for i in choices.intents if "from" in i.fields}
    unused = [f"files/{name}" for name in sorted(site.own_files.keys() - used)]
    for name, paths, why in (
        (
            "left-out",
            list(site.left_out),
            "Editors or systems left these files",
        ),
        ("unused-files", unused, "No intent uses these files"),
    ):
        if paths:
            more = f" and {len(paths) - _LISTED} more" if len(paths) > _LISTED else ""
            told = f"{why}: {', '.join(paths[:_LISTED])}{more}"
            do = "Leave them out of the archive."
            found.append(Item(Kind.ARCHIVE, name, Verdict.ACTION_NEEDED, told, do=do))
    return found


def _accepted(items: tuple[Item, ...], accepted: frozenset[str]) -> tuple[Item, ...]:
    """Mark what the site accepts. An acceptance of nothing needs a look: it may be misspelled."""
    marked = tuple(
        replace(item, accepted=True)
        if item.verdict is Verdict.ACTION_NEEDED and item.id in accepted
        else item
        for item in items
    )
    unused = sorted(accepted - {item.id for item in marked if item.accepted})
    why, do = "Nothing needs this acceptance", "Take it out of accept in intents.yaml."
    return marked + tuple(
        Item(Kind.ARCHIVE, f"accept {name}", Verdict.ACTION_NEEDED, why, do=do) for name in unused
    )
