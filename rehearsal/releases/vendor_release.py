"""The archives that operators upload: SOCA's release and the site's changes."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from changeover.build.tree import File

HERE = Path(__file__).parents[1]
RELEASE = "2.6.1"
CUSTOMIZATIONS = "sample"


def vendor_archive(release: str = RELEASE) -> bytes:
    """`vendor/<release>.tar.gz`; like the vendor's own archives it has one folder at its top."""
    files = tree_files(HERE / "vendor" / release)
    return packed_files(files, f"scale-out-computing-on-aws-{release}")


def customizations_archive(name: str = CUSTOMIZATIONS) -> bytes:
    """`customizations/<name>.tar.gz`: intents, changed files, and in `base` their release."""
    return packed_files(tree_files(HERE / "customizations" / name))


def tree_files(folder: Path) -> dict[str, File]:
    """The folder's files by name, without what Python leaves behind."""
    return {
        path.relative_to(folder).as_posix(): File(
            path.read_bytes(), executable=bool(path.stat().st_mode & 0o100)
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def packed_files(files: Mapping[str, File], top: str = ".") -> bytes:
    """The files as tar.gz below `top`."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as into:
        for name, file in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size, member.mode = len(file.data), 0o755 if file.executable else 0o644
            into.addfile(member, io.BytesIO(file.data))
    return archive.getvalue()
