"""A site's archive: whole files with their base, intents, and files that intents name."""

import re
from dataclasses import dataclass

from changeover.build.archive import Archive, BadArchive
from changeover.build.tree import Tree

BASE, INTENTS, OWN = "base", "intents.yaml", "files/"
WHOLE = ("source/", "installer/")
_LARGEST_BASE = 1024
_BASE = re.compile(r"(?P<release>[A-Za-z0-9][A-Za-z0-9.-]{0,63})(\s+(?P<sha256>[0-9a-f]{64}))?")
_TOLD_ABOUT = re.compile(r"(README|LICENSE|CHANGELOG)[^/]*", re.IGNORECASE)
_ALLOWED = "base, intents.yaml, source/, installer/ and files/"


@dataclass(frozen=True, slots=True)
class Base:
    """The release that a site's files were made from. `sha256` pins its archive, or is empty."""

    release: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class SiteParts:
    """What a site's archive holds.

    `files` are whole files by their path in the release. `own` are files for intents, by their
    name below `files/`. `left_out` names files that are not used.
    """

    base: Base | None = None
    intents: bytes | None = None
    files: Tree | None = None
    own: Tree | None = None
    left_out: tuple[str, ...] = ()

    @property
    def whole_files(self) -> Tree:
        return self.files or {}

    @property
    def own_files(self) -> Tree:
        return self.own or {}


def site_parts(archive: Archive) -> SiteParts:
    """Sort an archive's files. Raises BadArchive if the archive holds anything else."""
    tree = _below_top(archive.tree)
    files = {path: file for path, file in tree.items() if path.startswith(WHOLE)}
    own = {path.removeprefix(OWN): f for path, f in tree.items() if path.startswith(OWN)}
    known = {BASE, INTENTS} | files.keys() | {f"{OWN}{path}" for path in own}
    others = sorted(tree.keys() - known)
    told = [path for path in others if _TOLD_ABOUT.fullmatch(path)]
    if strange := [path for path in others if path not in told]:
        raise BadArchive(
            f"{archive.name} has files that nothing reads: {', '.join(strange[:10])}. At its top it"
            f" may have {_ALLOWED}"
        )
    base = _base(archive.name, tree[BASE].data) if BASE in tree else None
    if files and base is None:
        raise BadArchive(
            f"{archive.name} has whole files but no file base. It names the vendor's release that"
            " was customized, such as 2.6.1"
        )
    intents = tree[INTENTS].data if INTENTS in tree else None
    if not files and intents is None:
        raise BadArchive(
            f"{archive.name} has neither whole files nor {INTENTS}. At its top it may have"
            f" {_ALLOWED}"
        )
    return SiteParts(base, intents, files, own, (*archive.left_out, *told))


def _below_top(tree: Tree) -> Tree:
    """Return the files without one folder around all of them."""
    tops = {path.split("/", 1)[0] for path in tree}
    if len(tops) == 1 and not any(f"{top}/" in (*WHOLE, OWN) for top in tops):
        (top,) = tops
        if all("/" in path for path in tree):
            return {path.removeprefix(f"{top}/"): file for path, file in tree.items()}
    return tree


def _base(name: str, data: bytes) -> Base:
    where = f"{name}: the file base"
    if len(data) > _LARGEST_BASE:
        raise BadArchive(f"{where} has more than {_LARGEST_BASE} bytes. It names one release only")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadArchive(f"{where} is UTF-16, as PowerShell's > writes it. Save it as UTF-8")
    text = data.decode("utf-8-sig", "replace").strip()
    found = _BASE.fullmatch(text)
    if not found or found["release"].endswith(".tar.gz"):
        raise BadArchive(
            f"{where} says {text[:80]!r}. It has one line with the name of a release, such as"
            " 2.6.1, and optionally the sha256 of its archive"
        )
    return Base(found["release"], found["sha256"] or "")
