"""An installer's digest is of every file and name, and a person can take it with sha256sum."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from changeover.build.digest import listed_digest
from changeover.errors import Unhealthy
from changeover.upgrade.candidate import installer
from tests.support.fakes import FakeEvidence

FILES = {"soca.tar.gz": b"built", "templates/B.template": b"{}", "Z": b"", "a": b"1", "a-b": b"2"}


def digest(files: dict[str, bytes]) -> str:
    return listed_digest({n: hashlib.sha256(f).hexdigest() for n, f in files.items()})


def test_it_is_what_sha256sum_makes_of_the_folder(tmp_path: Path) -> None:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    said = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True)
    assert said.stdout.decode().split()[0] == digest(FILES)


def test_the_order_of_files_is_nothing() -> None:
    assert digest(dict(reversed(FILES.items()))) == digest(FILES)


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "a": b"2"},
        {**FILES, "one-more": b""},
        {name: content for name, content in FILES.items() if name != "Z"},
        {**{n: c for n, c in FILES.items() if n != "a"}, "A": b"1"},
        {**FILES, "a": b"2", "a-b": b"1"},
    ],
)
def test_any_change_is_another_digest(other: dict[str, bytes]) -> None:
    assert digest(other) != digest(FILES)


def test_a_release_without_an_installer_is_refused() -> None:
    with pytest.raises(Unhealthy, match="soca-installer-hpc-r2 is empty"):
        installer.digest_of("soca-installer-hpc-r2", FakeEvidence())


def test_a_neighbor_s_files_are_not_this_release_s() -> None:
    evidence = FakeEvidence()
    evidence.write("soca-installer-hpc-r2/a", b"1")
    before = installer.digest_of("soca-installer-hpc-r2", evidence)
    evidence.write("soca-installer-hpc-r20/b", b"2")
    assert installer.digest_of("soca-installer-hpc-r2", evidence) == before
