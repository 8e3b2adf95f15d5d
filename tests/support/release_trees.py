"""Releases as files in memory: the rehearsal's stand-in, and SOCA's own where somebody has them."""

import os
from functools import cache
from pathlib import Path

from changeover.build.settings import BuildSettings
from changeover.build.tree import File, Tree
from rehearsal.releases.vendor_release import HERE, tree_files
from tests.support.vendor_trees import VARIABLE

TOP = "source/install-with-existing-resources.template"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
SETTINGS = BuildSettings(
    cluster="hpc",
    boundary="arn:aws:iam::123456789012:policy/boundary",
    certificate=CERTIFICATE,
    account="123456789012",
    region="eu-west-1",
)


@cache
def stand_in() -> Tree:
    """The rehearsal's SOCA 2.6.1, with the faults of the real one."""
    return tree_files(HERE / "vendor/2.6.1")


@cache
def vendor(name: str) -> Tree:
    """A real release from the folder that VENDOR_TREES names."""
    return tree_files(Path(os.environ[VARIABLE]) / name)


def vendors(*names: str) -> list[str]:
    """Those of the names that VENDOR_TREES has."""
    folder = os.environ.get(VARIABLE)
    return [name for name in names if folder and (Path(folder) / name).is_dir()]


def edited(tree: Tree, path: str, *replacements: tuple[str, str]) -> Tree:
    """The tree with texts in one file replaced; each must be there."""
    text = tree[path].data.decode()
    for old, new in replacements:
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new)
    return {**tree, path: File(text.encode(), tree[path].executable)}
