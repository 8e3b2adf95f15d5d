"""The code that a build runs in CodeBuild: complete, and the same every time."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from changeover.adapters.build_code import build_code


def test_the_same_code_gives_the_same_bytes() -> None:
    assert build_code() == build_code()


def test_it_has_sources_of_three_packages_and_nothing_else() -> None:
    names = zipfile.ZipFile(io.BytesIO(build_code())).namelist()
    assert {"changeover/build/job.py", "merge3/__init__.py", "yaml/__init__.py"} <= set(names)
    assert all(name.endswith(".py") for name in names)
    assert {"/".join(name.split("/")[:2]) for name in names if name.startswith("changeover")} == {
        "changeover/__init__.py",
        "changeover/build",
    }


def test_it_runs_on_a_python_without_any_package(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(build_code())
    (tmp_path / "request.json").write_text(
        '{"release": "2.6.1", "customizations": "", "sha256": {}, "others": [], "bucket": "b",'
        ' "folder": "f", "settings": {"cluster": "hpc", "repairs_off": []}}'
    )
    told = subprocess.run(
        [sys.executable, "-S", "-m", "changeover.build.job", "missing", str(tmp_path), "{}"],
        env={"PYTHONPATH": str(tmp_path / "code.zip")},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert told.stdout == b"vendor/2.6.1.tar.gz\n"
