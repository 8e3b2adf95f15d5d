"""Repairs: what a vendor's release needs before it can be deployed today."""

from changeover.build.repairs.catalog import REPAIRS, Repair
from changeover.build.repairs.operations import CannotPlace
from changeover.build.report import Item, Kind, Verdict
from changeover.build.settings import BuildSettings
from changeover.build.tree import Tree
from changeover.build.workspace import CannotRead, Place, Workspace, open_workspace


def repair(tree: Tree, settings: BuildSettings) -> tuple[Tree, tuple[Item, ...]]:
    """Return the release with every repair made, and one item for each repair.

    Repairs change only the stack's template and its nested templates. A repair that cannot be made
    is blocked and changes nothing. A template that cannot be read is left to the proof.
    """
    try:
        work = open_workspace(tree, settings)
    except CannotRead:
        return tree, ()
    made = [
        (_off(each), []) if each.id in settings.repairs_off else _make(each, work)
        for each in REPAIRS
        if each.applies(settings)
    ]
    # Only now: later edits move the lines of earlier ones.
    items = tuple(_with_places(item, places) for item, places in made)
    return work.result(tree), items


def _make(each: Repair, work: Workspace) -> tuple[Item, list[Place]]:
    before, places = dict(work.texts), len(work.places)
    derived = len(work.derived)
    try:
        concerned = not each.concerns or any(t.of_type(each.concerns) for t in work.templates)
        results = [operation.apply(work) for operation in each.operations if concerned]
    except CannotPlace as problem:
        work.texts = before
        del work.places[places:]
        del work.derived[derived:]
        return _blocked(each, str(problem)), []
    verdict = Verdict.APPLIED if any(results) else Verdict.UPSTREAM
    why, do = each.why, ""
    if found := work.derived[derived:]:
        verdict, why, do = Verdict.ACTION_NEEDED, "; ".join(found), each.do
    elif all(result is None for result in results):
        why = "The release has nothing that needs this repair"
    elif verdict is Verdict.UPSTREAM:
        why = "The release has it already"
    item = Item(Kind.REPAIR, each.id, verdict, why, do=do)
    return item, work.places[places:]


def _off(each: Repair) -> Item:
    why = f"Switched off by the site. {each.why}"
    return Item(Kind.REPAIR, each.id, Verdict.UPSTREAM, why)


def _blocked(each: Repair, problem: str) -> Item:
    do = (
        "Make the change in a file of the customizations, or switch the repair off: write"
        f" `repairs_off: [{each.id}]` into intents.yaml."
    )
    return Item(Kind.REPAIR, each.id, Verdict.BLOCKED, f"{problem}. {each.why}", do=do)


def _with_places(item: Item, places: list[Place]) -> Item:
    """Return the item with its files and lines, such as `a.template:3, 8; b.template:5`."""
    by_file: dict[str, set[int]] = {}
    for place in places:
        by_file.setdefault(place.path, set()).add(place.line)
    if len(by_file) == 1:
        ((path, lines),) = by_file.items()
        return _replaced(item, path, ", ".join(map(str, sorted(lines))))
    told = "; ".join(
        f"{path.rpartition('/')[2]}:{', '.join(map(str, sorted(lines)))}"
        for path, lines in sorted(by_file.items())
    )
    return _replaced(item, "", told)


def _replaced(item: Item, path: str, lines: str) -> Item:
    return Item(item.kind, item.name, item.verdict, item.why, file=path, lines=lines, do=item.do)
