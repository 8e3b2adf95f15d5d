"""Folders of the package import lower folders only; within `upgrade`, later phases earlier ones."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.templates import ROOT

PACKAGE = ROOT / "layers/changeover/changeover"
# Lowest first.
ORDER = [
    "errors types metrics",
    "ldap",
    "soca",
    "build",
    "identities",
    "cluster",
    "ports",
    "images",
    "adapters",
    "upgrade",
    "operations",
    "runtime",
    "cli",
]
PHASES = ["transfer", "candidate", "approval", "cutover"]
FOLDERS = [name for level in ORDER for name in level.split()]


def level(folder: str) -> int:
    return next(number for number, level in enumerate(ORDER) if folder in level.split())


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """A module's path below the package, and the dotted name that it imports from."""
    paths = [PACKAGE / f"{folder}.py", *(PACKAGE / folder).rglob("*.py")]
    for path in filter(lambda each: each.is_file(), paths):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("changeover"):
                for each in node.names:
                    yield str(path.relative_to(PACKAGE)), f"{node.module}.{each.name}"


def test_every_module_has_its_place() -> None:
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix in (".py", "")}
    assert found - {"__init__", "__pycache__"} == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_lower_folders_only(folder: str) -> None:
    assert [
        f"{path} imports {name}"
        for path, name in imports(folder)
        if (top := name.split(".")[1]) in FOLDERS and level(top) > level(folder)
    ] == []


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_imports_earlier_phases_only(phase: str) -> None:
    later = PHASES[PHASES.index(phase) + 1 :]
    assert [
        f"{path} imports {name}"
        for path, name in imports(f"upgrade/{phase}")
        if name.startswith("changeover.upgrade.") and name.split(".")[2] in later
    ] == []
