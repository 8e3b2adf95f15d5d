"""Read releases and a site's customizations from archives or folders."""

import os
from collections.abc import Iterator
from pathlib import Path

from changeover.build.archive import Archive, BadArchive, read_archive
from changeover.build.member_names import clashes, left_behind, name_problem
from changeover.build.merge import Release
from changeover.build.site_archive import SiteParts, site_parts
from changeover.build.tree import File
from changeover.build.vendor_archive import vendor_tree
from changeover.cli.exit_codes import Unusable
from changeover.cli.progress import doing


def read_release(path: Path) -> Release:
    """Read a vendor's release. Its name is that of the file or folder. Raises Unusable."""
    try:
        with doing(f"reading {path.name}"):
            return Release(release_name(path), vendor_tree(_archive(path, tidy=False)))
    except BadArchive as error:
        raise Unusable(str(error)) from error


def read_site(path: Path) -> SiteParts:
    """Read a site's customizations. Raises Unusable."""
    try:
        return site_parts(_archive(path, tidy=True))
    except BadArchive as error:
        raise Unusable(str(error)) from error


def release_name(path: Path) -> str:
    """Return the release that a path is named after, such as `2.6.1` for `2.6.1.tar.gz`."""
    name = path.resolve().name
    return name.removesuffix(".tgz").removesuffix(".tar.gz")


def base_path(vendor: Path, base: str) -> Path:
    """Return where the base lies beside the vendor's release. Raises Unusable."""
    folder = vendor.resolve().parent
    for candidate in (folder / f"{base}.tar.gz", folder / base):
        if candidate.exists():
            return candidate
    raise Unusable(
        f"the site's file base names {base}, but {folder} has neither {base}.tar.gz nor {base}:"
        " name that release with --base"
    )


def _archive(path: Path, *, tidy: bool) -> Archive:
    try:
        if path.is_dir():
            return _folder(path, tidy=tidy)
        return read_archive(path.read_bytes(), str(path), tidy=tidy)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error


def _folder(folder: Path, *, tidy: bool) -> Archive:
    """Read a folder as if it were packed. A checkout's `.git` is not a part of the release."""
    tree, left_out, problems = {}, [], []
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if tidy and left_behind(name):
            left_out.append(name)
        elif path.is_symlink() or not path.is_file():
            problems.append(f"{name}: only regular files and folders are taken")
        elif problem := name_problem(name):
            problems.append(f"{name!r}: {problem}")
        else:
            tree[name] = File(path.read_bytes(), os.access(path, os.X_OK))
    problems += clashes(tree)
    if problems:
        raise BadArchive(f"{folder} is refused: {'; '.join(problems[:10])}")
    return Archive(str(folder), "", tree, tuple(left_out))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name == ".git":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path
