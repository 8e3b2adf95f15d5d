"""SOCA's own releases, from archive to objects, without customizations."""

import io
import tarfile
from pathlib import Path

import pytest

from changeover.build.job import Job
from changeover.build.request import Request, request_to_json
from changeover.build.tree import Tree
from tests.support.archives import packed
from tests.support.release_trees import SETTINGS, vendor, vendors

RELEASES = vendors("2.6.1", "2.6.1-late")
pytestmark = pytest.mark.skipif(not RELEASES, reason="VENDOR_TREES names no folder with 2.6.1")


def prepared(folder: Path, release: str, tree: Tree) -> Path:
    request = Request(release, "", {}, (), "our-bucket", "soca-installer-hpc-r7", SETTINGS)
    (folder / "request.json").write_text(request_to_json(request))
    (folder / "archives/vendor").mkdir(parents=True)
    archive = packed(dict(tree), f"scale-out-computing-on-aws-{release}/")
    (folder / f"archives/vendor/{release}.tar.gz").write_bytes(archive)
    return folder


@pytest.mark.parametrize("release", RELEASES)
def test_it_is_built_without_one_hand_edit(release: str, tmp_path: Path) -> None:
    answer = Job(prepared(tmp_path, release, vendor(release))).build()
    assert answer.failure == ""
    assert {item.verdict.value for item in answer.items} == {"applied"}
    archive = io.BytesIO((tmp_path / "installer/soca.tar.gz").read_bytes())
    with tarfile.open(fileobj=archive) as hosts:
        names = {member.name for member in hosts if member.isfile()}
    ours = {path for path in vendor(release) if path.startswith("source/soca/")}
    assert names == {f"./{path.removeprefix('source/soca/')}" for path in ours}


@pytest.mark.parametrize("release", vendors("2.7.5", "26.4.0"))
def test_a_later_release_is_refused_in_plain_words(release: str, tmp_path: Path) -> None:
    answer = Job(prepared(tmp_path, release, vendor(release))).build()
    assert "SOCA has it up to 2.6" in answer.failure
