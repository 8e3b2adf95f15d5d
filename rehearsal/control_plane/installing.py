"""Install pinned requirements into a folder, once for each content of the requirements file."""

import compileall
import hashlib
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path


def installed(requirements: Path, target: Path) -> Path:
    """Install `requirements` into `target`, unless an earlier call did."""
    wanted = f"{sys.version}\n{hashlib.sha256(requirements.read_bytes()).hexdigest()}\n"
    stamp = target.with_name(f"{target.name}.installed")
    if not stamp.exists() or not target.exists() or stamp.read_text() != wanted:
        shutil.rmtree(target, ignore_errors=True)
        _install(requirements, target)
        stamp.write_text(wanted)
    return target


def _install(requirements: Path, target: Path) -> None:
    pip = (sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    subprocess.run(
        [*pip, "--no-compile", "--target", target, "--requirement", requirements],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    # Hash-based bytecode stays valid when a zip file is unpacked elsewhere later.
    compileall.compile_dir(
        target, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


if __name__ == "__main__":
    installed(*map(Path, sys.argv[1:]))
