"""`changeover release`: what a build would do, before the night."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover import cli
from changeover.build.tree import File
from rehearsal.releases.vendor_release import HERE, tree_files
from tests.support.archives import packed
from tests.support.release_trees import CERTIFICATE, edited, stand_in

BOOT = "source/soca/cluster_node_bootstrap/ComputeNodeUserCustomization.sh"
Said = tuple[int, str, str]
"""Exit status, stdout and stderr."""


@pytest.fixture
def release(capfd) -> Callable[..., Said]:
    def run(*arguments: object) -> Said:
        status = cli.main(["release", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    path = tmp_path / "2.6.1.tar.gz"
    path.write_bytes(packed(dict(stand_in()), "scale-out-computing-on-aws-2.6.1/"))
    return path


@pytest.fixture
def later(tmp_path: Path) -> Path:
    path = tmp_path / "2.6.2.tar.gz"
    tree = edited(stand_in(), BOOT, ("below.\n", "below.\nyum update\n"))
    path.write_bytes(packed(dict(tree)))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "lab.tar.gz"
    mine = File(stand_in()[BOOT].data + b"mkdir /scratch\n")
    path.write_bytes(packed({"base": b"2.6.1\n", BOOT: mine}))
    return path


def test_a_stock_release_would_be_built(release, vendor: Path) -> None:
    status, said, _ = release("check", vendor, "--certificate", CERTIFICATE)
    assert status == 0
    assert said.endswith("\nWould be built (20 applied).\n")
    assert "repair:boundary" in said


def test_a_folder_is_read_like_an_archive(release) -> None:
    status, said, _ = release("check", HERE / "vendor/2.6.1", "--certificate", CERTIFICATE)
    assert (status, said.splitlines()[-1]) == (0, "Would be built (20 applied).")


def test_what_needs_a_look_ends_with_status_one(release, vendor: Path) -> None:
    status, said, _ = release("check", vendor)
    assert status == 1
    assert "Would be built, but look at 1 first" in said
    assert "-> Set CertificateArn" in said


@pytest.mark.usefixtures("vendor")
def test_a_conflict_shows_both_sides_and_where(release, later: Path, site: Path) -> None:
    status, said, _ = release("check", later, "--site", site, "--certificate", CERTIFICATE)
    assert status == 1
    assert f"at {BOOT}:4" in said
    assert "site    | 4: mkdir /scratch" in said
    assert "release | 4: yum update" in said
    assert "Would not be built: 1 blocked" in said


def test_json_has_every_item(release, vendor: Path) -> None:
    status, said, _ = release("check", vendor, "--json", "--certificate", CERTIFICATE)
    answer = json.loads(said)
    assert status == 0
    assert answer["counts"]["applied"] == len(answer["items"]) == 20


def test_merge_writes_the_tree_that_would_be_built(release, vendor, site, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("--site", site, "--out", out, "--certificate", CERTIFICATE)
    status, _, told = release("merge", vendor, *arguments)
    assert status == 0
    assert f"files written to {out}" in told
    assert b"mkdir /scratch" in (out / BOOT).read_bytes()
    assert set(tree_files(out)) == set(stand_in())


@pytest.mark.usefixtures("vendor")
def test_merge_writes_nothing_if_an_item_is_blocked(release, later, site, tmp_path) -> None:
    out = tmp_path / "out"
    status, _, _ = release("merge", later, "--site", site, "--out", out)
    assert status == 1
    assert not out.exists()


def test_diff_tells_first_what_concerns_the_site(release, vendor, later, site) -> None:
    status, said, _ = release("diff", vendor, later, "--site", site)
    assert status == 1
    assert said.splitlines()[:2] == [
        "files of the site that the vendor changed: 1",
        f"  changed  {BOOT}  lines 4",
    ]
    assert "other files: no difference" in said


def test_diff_of_one_release_with_itself_is_empty(release, vendor: Path) -> None:
    assert release("diff", vendor, vendor)[0] == 0


def test_diff_in_json_names_what_moved(release, vendor, site, tmp_path: Path) -> None:
    tree = dict(stand_in())
    tree["source/soca/elsewhere/ComputeNodeUserCustomization.sh"] = tree.pop(BOOT)
    moved = tmp_path / "2.6.3.tar.gz"
    moved.write_bytes(packed(tree))
    _, said, _ = release("diff", vendor, moved, "--site", site, "--json")
    first = json.loads(said)[0]
    assert (first["path"], first["what"]) == (BOOT, "moved")


def test_a_configuration_must_fit(release, vendor: Path, tmp_path: Path) -> None:
    config = tmp_path / "hpc.json"
    config.write_text(json.dumps({"cluster": "lab", "stack_parameters": {"BaseOS": "windows"}}))
    status, said, _ = release("check", vendor, "--config", config, "--certificate", CERTIFICATE)
    assert status == 1
    assert "'windows' of BaseOS is none of" in said
    assert "changeover-lab-scheduler-host" not in said


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_bytes(b"junk"), "not packed with gzip"),
        (lambda path: path.mkdir(), "holds no release of SOCA"),
        (Path.exists, "No such file"),
        (lambda path: path.write_bytes(packed({"a": b""})), "holds no release of SOCA"),
    ],
)
def test_an_unusable_release_is_said(release, tmp_path: Path, make, told: str) -> None:
    path = tmp_path / "2.6.9.tar.gz"
    make(path)
    status, said, error = release("check", path)
    assert (status, said) == (2, "")
    assert told in error
    assert str(path) in error


def test_a_base_that_is_not_there_is_said(release, later: Path, site: Path) -> None:
    (later.parent / "2.6.1.tar.gz").unlink(missing_ok=True)
    status, _, error = release("check", later, "--site", site)
    assert status == 2
    assert "--base" in error


def test_a_wrong_base_is_refused(release, vendor: Path, later: Path, site: Path) -> None:
    status, _, error = release("check", vendor, "--site", site, "--base", later)
    assert status == 2
    assert "names 2.6.1" in error


def test_bad_intents_are_said_with_their_line(release, vendor: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "intents.yaml").write_text("intents:\n- {id: a, wish: {}}\n")
    status, _, error = release("check", vendor, "--site", folder)
    assert status == 2
    assert "intents.yaml:2" in error


def test_a_bad_configuration_is_said(release, vendor: Path, tmp_path: Path) -> None:
    config = tmp_path / "hpc.json"
    config.write_text('{"cluster": "Hpc"}')
    status, _, error = release("check", vendor, "--config", config)
    assert status == 2
    assert "cluster: " in error


def test_an_existing_folder_is_not_written_over(release, vendor: Path, tmp_path: Path) -> None:
    status, _, error = release("merge", vendor, "--out", tmp_path)
    assert status == 2
    assert "exists already" in error


def test_a_link_in_a_folder_is_refused(release, tmp_path: Path) -> None:
    folder = shutil.copytree(HERE / "vendor/2.6.1", tmp_path / "2.6.1")
    (folder / "source/soca/link").symlink_to("/etc/passwd")
    status, _, error = release("check", folder)
    assert status == 2
    assert "source/soca/link" in error


def test_without_a_command_the_help_is_shown(release) -> None:
    status, said, _ = release()
    assert status == 0
    assert "check, merge and compare releases" in said.lower()
