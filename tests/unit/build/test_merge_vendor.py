"""Changes to SOCA's own 2.6.1, merged into its later releases as git merges them."""

import subprocess
from pathlib import Path

import pytest

from changeover.build.line_ends import text_of
from changeover.build.merge import Release, merge_site
from changeover.build.report import Verdict
from changeover.build.tree import File
from tests.support.release_trees import vendor, vendors

BASE = "2.6.1"
RELEASES = [name for name in vendors(BASE, "2.6.1-late", "2.7.5", "26.4.0") if name != BASE]
pytestmark = pytest.mark.skipif(
    not RELEASES or not vendors(BASE), reason="VENDOR_TREES names no folder with releases"
)
# A text in SOCA's file, and what a site makes of it.
CHANGES = {
    "source/soca/cluster_web_ui/config.py": ("ENABLE_SSO = False", "ENABLE_SSO = True"),
    "source/scripts/config.cfg": ("SYSTEM_PKGS=(", "SYSTEM_PKGS=(\n    ours"),
    "source/scripts/SchedulerPostReboot.sh": ("queue_type:", "queue_type: # ours"),
    "source/scripts/Scheduler.sh": ("timeo=600", "timeo=900"),
    "source/soca/cluster_node_bootstrap/ComputeNode.sh": ("#!/bin/bash", "#!/bin/bash\n# ours"),
    "source/soca/cluster_manager/add_nodes.py": ("import boto3", "import boto3 # ours"),
    "source/templates/Viewer.template": ("Port: 443", "Port: 443 # ours"),
}


def with_git(base: File, site: File, new: File, folder: Path) -> tuple[int, bytes]:
    """The number of conflicts and the text, as `git merge-file` has it."""
    paths = [folder / name for name in ("new", "base", "site")]
    for path, file in zip(paths, (new, base, site), strict=True):
        path.write_bytes(file.data)
    merged = subprocess.run(
        ["git", "merge-file", "-p", *map(str, paths)], capture_output=True, check=False
    )
    return merged.returncode, merged.stdout


@pytest.mark.parametrize("release", RELEASES)
def test_git_merges_and_refuses_the_same(release: str, tmp_path: Path) -> None:
    base, new = vendor(BASE), vendor(release)
    compared = 0
    for path, (old, changed) in CHANGES.items():
        text = text_of(base[path])
        assert text
        assert old in text, path
        site = File(text.replace(old, changed, 1).encode(), base[path].executable)
        result, (item,) = merge_site(Release(release, new), Release(BASE, base), {path: site}, {})
        if path not in new:
            continue
        compared += 1
        conflicts, merged = with_git(base[path], site, new[path], tmp_path)
        assert (item.verdict is Verdict.BLOCKED) is bool(conflicts), path
        if not conflicts:
            assert result[path].data == merged
    assert compared or release == "26.4.0"


@pytest.mark.parametrize("release", RELEASES)
def test_unmodified_files_leave_the_release_as_it_is(release: str) -> None:
    base, new = vendor(BASE), vendor(release)
    some = {path: file for path, file in base.items() if path.startswith("source/scripts/")}
    result, items = merge_site(Release(release, new), Release(BASE, base), some, {})
    assert result == new
    assert {item.verdict for item in items} == {Verdict.UPSTREAM}


@pytest.mark.skipif("2.6.1-late" not in RELEASES, reason="VENDOR_TREES has no 2.6.1-late")
def test_a_wrong_base_is_found() -> None:
    """The late state's work would be taken out again, and nobody would hear of it."""
    late, tag = vendor("2.6.1-late"), vendor(BASE)
    path = "source/templates/Security.template"
    text = text_of(tag[path])
    assert text
    site = {path: File(text.replace("Description: SG For", "Description: Our SG for", 1).encode())}
    release = Release("2.6.1-late", late)
    result, (item,) = merge_site(release, release, site, {BASE: tag})
    assert item.verdict is Verdict.BLOCKED
    assert f"made from {BASE}" in item.why
    assert result == late
