"""The archives that operators upload: SOCA's release and the site's changes."""

import io
import tarfile
from pathlib import Path

HERE = Path(__file__).parents[1]
RELEASE = "2.6.1"
CUSTOMIZATIONS = "sample"


def vendor_archive(release: str = RELEASE) -> bytes:
    """`vendor/<release>.tar.gz`; like the vendor's own archives it has one folder at its top."""
    return packed(HERE / "vendor" / release, f"scale-out-computing-on-aws-{release}")


def customizations_archive(name: str = CUSTOMIZATIONS) -> bytes:
    """`customizations/<name>.tar.gz`: changed files, and in `base` the release they belong to."""
    return packed(HERE / "customizations" / name)


def packed(folder: Path, top: str = ".") -> bytes:
    """The folder's content as tar.gz below `top`, without what Python and builds leave behind."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as into:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and not {"__pycache__", "dist"} & set(name.parts):
                into.add(path, f"{top}/{name}")
    return archive.getvalue()
