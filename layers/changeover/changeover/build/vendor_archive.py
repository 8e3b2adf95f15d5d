"""The vendor's archive: one release, below whatever top folders it has."""

from changeover.build.archive import Archive, BadArchive
from changeover.build.tree import Tree

# A release has `source/` and one of these.
_MARKS = ("source/manual_build.py", "installer/", "source/soca/")


def vendor_tree(archive: Archive) -> Tree:
    """Return the release's files below its top folder, so that `source/` is at the top.

    Raises BadArchive if there is no release, or more than one.
    """
    tops = {
        path[: path.index(f"{mark}")]
        for path in archive.tree
        for mark in _MARKS
        if path.startswith(mark) or f"/{mark}" in path
    }
    roots = {top for top in tops if _is_root(top, archive.tree)}
    outermost = {r for r in roots if not any(o != r and r.startswith(o) for o in roots)}
    if not outermost:
        raise BadArchive(
            f"{archive.name} holds no release of SOCA: no folder in it has source/. Upload the"
            " vendor's own archive, as GitHub offers it for a tag"
        )
    if len(outermost) > 1:
        listed = ", ".join(sorted(top or "." for top in outermost))
        raise BadArchive(f"{archive.name} holds several releases: {listed}. Pack only one")
    (top,) = outermost
    return {
        path.removeprefix(top): file for path, file in archive.tree.items() if path.startswith(top)
    }


def _is_root(top: str, tree: Tree) -> bool:
    return any(path.startswith(f"{top}source/") for path in tree) and any(
        path.startswith(f"{top}{mark}") for mark in _MARKS for path in tree
    )
