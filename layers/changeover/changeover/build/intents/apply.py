"""Put a site's intents into a release, each in the place that the release's era has for it."""

from collections.abc import Callable, Sequence

from changeover.build.intents.in_files import add_to_list, put_file, put_hook, replace_text
from changeover.build.intents.in_settings import add_queue, set_machine, set_setting
from changeover.build.intents.in_templates import add_tag, attach_policy
from changeover.build.intents.model import Intent
from changeover.build.intents.outcome import Outcome, SiteRelease
from changeover.build.intents.text_edits import NoAnchor
from changeover.build.line_ends import text_of
from changeover.build.parsing import newly_broken
from changeover.build.repairs.operations import CannotPlace
from changeover.build.report import Item, Kind, Verdict
from changeover.build.settings import BuildSettings
from changeover.build.three_way import changed_lines, shown_lines
from changeover.build.tree import Tree
from changeover.build.workspace import CannotRead


def apply_intents(
    tree: Tree, intents: Sequence[Intent], own: Tree, settings: BuildSettings
) -> tuple[Tree, tuple[Item, ...]]:
    """Return the release with the intents, and one item for each.

    `own` are the site's files by their name below `files/`. A blocked intent changes nothing.
    """
    items = []
    for intent in intents:
        site = SiteRelease(tree, own, settings)
        try:
            outcome = _APPLY[intent.kind](site, intent)
        except (NoAnchor, CannotPlace, CannotRead, SyntaxError) as problem:
            do = "Correct the intent, or make the change in a whole file of this release."
            why = " ".join(str(problem).split())
            items.append(Item(Kind.INTENT, intent.id, Verdict.BLOCKED, why, do=do))
            continue
        item = _judged(intent, outcome, tree)
        if item.verdict is not Verdict.BLOCKED:
            tree = {**tree, **outcome.files}
        items.append(item)
    return tree, tuple(items)


def _judged(intent: Intent, outcome: Outcome, tree: Tree) -> Item:
    changed = {path: file for path, file in outcome.files.items() if tree.get(path) != file}
    for path, file in changed.items():
        if problem := newly_broken(path, tree.get(path), file):
            why = f"{path} could not be read afterwards: {problem}"
            return Item(Kind.INTENT, intent.id, Verdict.BLOCKED, why, file=path)
    path = next(iter(changed or outcome.files), "")
    if not changed and outcome.verdict in (Verdict.APPLIED, Verdict.CHANGED):
        why = "The release has it already"
        return Item(Kind.INTENT, intent.id, Verdict.UPSTREAM, why, file=path)
    old, new = text_of(tree.get(path)), text_of(changed.get(path))
    lines = shown_lines(changed_lines(old or "", new)) if new is not None else ""
    return Item(
        Kind.INTENT, intent.id, outcome.verdict, outcome.why, file=path, lines=lines, do=outcome.do
    )


_APPLY: dict[str, Callable[[SiteRelease, Intent], Outcome]] = {
    "set": set_setting,
    "add": add_to_list,
    "hook": put_hook,
    "file": put_file,
    "replace": replace_text,
    "queue": add_queue,
    "tag": add_tag,
    "policy": attach_policy,
    "machine": set_machine,
}
