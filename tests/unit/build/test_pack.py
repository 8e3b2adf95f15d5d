"""What is packed is what SOCA's own script makes, and the same every time."""

import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from changeover.build.digest import listed_digest, sha256_of
from changeover.build.pack import payload
from changeover.build.tree import File, Tree
from tests.support.release_trees import stand_in, vendor, vendors

BUCKET, FOLDER = "your-s3-bucket-name-here", "your-s3-folder-name-here"
RELEASES = vendors("2.6.1", "2.6.1-late")
# Modules that the vendor's script imports: it must find no network, and does not need them.
MODULES = {
    "boto3.py": "def resource(*a, **k): return None\nsession = None\n",
    "colored.py": "def fg(*a): return ''\nbg = attr = fg\n",
    "requests/__init__.py": (
        "def get(*a, **k): raise exceptions.RequestException\nfrom . import exceptions\n"
    ),
    "requests/exceptions.py": "class RequestException(Exception): pass\n",
    "botocore/__init__.py": "",
    "botocore/client.py": "class ClientError(Exception): pass\n",
    "botocore/exceptions.py": "class ProfileNotFound(Exception): pass\n",
}


def members(archive: bytes) -> dict[str, tuple[bytes, bool]]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {
            member.name: ((tar.extractfile(member) or io.BytesIO()).read(), bool(member.mode & 64))
            for member in tar
            if member.isfile()
        }


def written(tree: Tree, folder: Path) -> Path:
    for name, file in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        path.chmod(0o755 if file.executable else 0o644)
    return folder


def test_the_placeholders_become_bucket_and_folder() -> None:
    template = payload(stand_in(), "our-bucket", "soca-installer-hpc-r7")[
        "install-with-existing-resources.template"
    ]
    assert b'Default: "our-bucket"' in template
    assert b'Default: "soca-installer-hpc-r7"' in template
    assert b"%%" not in template


def test_the_same_release_gives_the_same_bytes_in_any_order() -> None:
    turned = dict(reversed(stand_in().items()))
    assert payload(turned, BUCKET, FOLDER) == payload(stand_in(), BUCKET, FOLDER)


def test_the_archive_keeps_contents_and_modes() -> None:
    tree = {"source/soca/a/x.sh": File(b"x", executable=True), "source/soca/y": File(b"y")}
    found = members(payload(tree, BUCKET, FOLDER)["soca.tar.gz"])
    assert found == {"./a/x.sh": (b"x", True), "./y": (b"y", False)}


def test_the_digest_is_that_of_sha256sum(tmp_path: Path) -> None:
    files = {"b": b"2", "a/c": b"1", "Z": b"3"}
    written({name: File(data) for name, data in files.items()}, tmp_path)
    command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    told = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True)  # noqa: S602 - the documented command
    assert told.stdout.decode().split()[0] == listed_digest(sha256_of(files))


@pytest.mark.skipif(not RELEASES, reason="VENDOR_TREES names no folder with 2.6.1")
@pytest.mark.parametrize("release", RELEASES)
def test_it_is_what_the_releases_own_script_makes(release: str, tmp_path: Path) -> None:
    tree = vendor(release)
    source = written(tree, tmp_path / "tree") / "source"
    modules = written({n: File(t.encode()) for n, t in MODULES.items()}, tmp_path / "modules")
    script = source / "manual_build.py"
    text = re.sub(r"s3\.meta\.client\.head_bucket\(.*", "raise ClientError", script.read_text())
    script.write_text(text)
    subprocess.run(
        [sys.executable, "-B", "manual_build.py", "--region", "eu-west-1", "--bucket", "none"],
        cwd=source,
        env={"PYTHONPATH": str(modules)},
        capture_output=True,
        check=True,
    )
    (built,) = (each for each in (source / "dist").iterdir() if each.is_dir())
    theirs = {
        path.relative_to(built).as_posix(): path.read_bytes()
        for path in built.rglob("*")
        if path.is_file()
    }
    ours = payload(tree, BUCKET, FOLDER)
    assert members(ours.pop("soca.tar.gz")) == members(theirs.pop("soca.tar.gz"))
    assert ours == theirs
