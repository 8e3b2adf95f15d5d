"""Intents about files: hooks, package lists, a site's own files, replaced texts."""

from changeover.build.intents.hook_edits import add_hook
from changeover.build.intents.model import Intent
from changeover.build.intents.outcome import Outcome, SiteRelease, nowhere
from changeover.build.intents.places import FOLDERS, LISTS, PLACES
from changeover.build.intents.shell_edits import add_to_array
from changeover.build.intents.text_edits import NoAnchor
from changeover.build.line_ends import as_the_release_has_it, text_of
from changeover.build.member_names import clashes
from changeover.build.report import Verdict
from changeover.build.tree import File, Tree


def add_to_list(site: SiteRelease, intent: Intent) -> Outcome:
    for path, name in LISTS[intent.fields["in"]]:
        if path in site.tree:
            changed = add_to_array(site.text(path), name, intent.fields["values"])
            return Outcome(site.with_text(path, changed))
    return nowhere(intent.fields["in"])


def put_hook(site: SiteRelease, intent: Intent) -> Outcome:
    path = site.first(PLACES[intent.fields["in"]].paths)
    if not path:
        return nowhere(intent.fields["in"])
    code = intent.fields.get("text")
    if code is None:
        name = intent.fields["from"]
        file, _ = as_the_release_has_it(f"{name}.sh", site.own_file(name), None)
        code = text_of(file)
        if code is None:
            raise NoAnchor(f"files/{name} is not a text file")
    hooked = add_hook(path, site.text(path), intent.id, code, intent.fields.get("at", "end"))
    files = site.with_text(path, hooked.text)
    if hooked.may_miss:
        why = f"{path} may reboot in line {hooked.may_miss}, and the code behind it may not run"
        do = "Put it at the begin, or into node-boot or scheduler-boot. Otherwise accept this."
        return Outcome(files, Verdict.ACTION_NEEDED, why, do)
    if hooked.before:
        why = f"The script ends with a reboot. The code comes before `{hooked.before}`"
        return Outcome(files, Verdict.CHANGED, why)
    return Outcome(files)


def put_file(site: SiteRelease, intent: Intent) -> Outcome:
    name = intent.fields["from"]
    given, told = as_the_release_has_it(name, site.own_file(name), None)
    executable = intent.fields.get("executable", given.executable)
    if path := intent.fields.get("to"):
        folder = path.rpartition("/")[0]
    else:
        there = (f for f in FOLDERS[intent.fields["in"]] if _has_folder(site.tree, f))
        folder = next(there, "")
        if not folder:
            return nowhere(intent.fields["in"])
        path = f"{folder}/{name.rpartition('/')[2]}"
    old = site.tree.get(path)
    if old is None and (problem := next(iter(_new_clashes(site.tree, path)), "")):
        raise NoAnchor(problem)
    files = {path: File(given.data, executable)}
    if not _has_folder(site.tree, folder):
        why = f"The release has no folder {folder}, so nothing reads the file"
        do = "Put it where this release looks for it."
        return Outcome(files, Verdict.ACTION_NEEDED, why, do)
    if told:
        return Outcome(files, Verdict.CHANGED, f"As the site wants it; {'; '.join(told)}")
    if old is not None:
        why = "It replaces the release's file, with all that the vendor changed in it"
        return Outcome(files, Verdict.CHANGED, why)
    return Outcome(files)


def _has_folder(tree: Tree, folder: str) -> bool:
    return any(path.startswith(f"{folder}/") for path in tree)


def _new_clashes(tree: Tree, path: str) -> list[str]:
    """Return why a new file cannot be beside the release's files."""
    before = set(clashes(tree))
    return [each for each in clashes([*tree, path]) if each not in before]


def replace_text(site: SiteRelease, intent: Intent) -> Outcome:
    fields = intent.fields
    paths = PLACES[fields["in"]].paths if "in" in fields else (fields["path"],)
    path = site.first(paths)
    if not path:
        return nowhere(fields.get("in", fields.get("path")))
    text, old, new = site.text(path), fields["old"], fields["new"]
    # The new text may contain the old one. What is replaced already stays.
    if new and new in text and old not in text.replace(new, ""):
        return Outcome(site.with_text(path, text))
    if old not in text:
        why = f"{path} does not have the text that is to be replaced"
        return Outcome({}, Verdict.ACTION_NEEDED, why, "Find out what the vendor made of it.")
    return Outcome(site.with_text(path, text.replace(old, new)))
