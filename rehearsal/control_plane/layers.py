"""The files of a layer's zip: sources and pinned requirements, all of them below python/."""

from collections.abc import Iterator
from pathlib import Path

from rehearsal.control_plane.installing import installed

REQUIREMENTS = "requirements.txt"
NOT_SHIPPED = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}

File = tuple[str, Path]


def layer_files(source: Path, build: Path) -> Iterator[File]:
    """Names in the zip and where their content is, for the layer at `source`."""
    for name, path in folder_files(source):
        if name != REQUIREMENTS:
            yield f"python/{name}", path
    if (source / REQUIREMENTS).exists():
        target = build / "layers" / source.name / "python"
        packages = installed(source / REQUIREMENTS, target)
        for path in packages.rglob("*"):
            if path.is_file():
                yield f"python/{path.relative_to(packages)}", path


def folder_files(source: Path) -> Iterator[File]:
    for path in source.rglob("*"):
        if path.is_file() and not NOT_SHIPPED & set(path.parts):
            yield str(path.relative_to(source)), path
