"""The files that a release's stack and hosts read from S3, packed the same way every time.

They are the files that SOCA's own `manual_build.py` makes up to 2.6, without its network access.
"""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from changeover.build.tree import File, Tree

_SOURCE = "source/"
_FOLDERS = ("scripts/", "templates/")
_ROOT_FILES = ("README.txt",)
_ARCHIVED = "soca/"
_ARCHIVE = "soca.tar.gz"
_COMPRESSION = 6


def payload(tree: Tree, bucket: str, folder: str) -> dict[str, bytes]:
    """Return the objects by their name in the install folder.

    Placeholders in the templates become `bucket` and `folder`, from which the stack is installed.
    Equal releases give equal bytes.
    """
    source = {
        path.removeprefix(_SOURCE): file for path, file in tree.items() if path.startswith(_SOURCE)
    }
    objects = {
        name: file.data
        for name, file in source.items()
        if name.startswith(_FOLDERS) or name in _ROOT_FILES
    }
    for name, file in source.items():
        if name.endswith(".template") and "/" not in name:
            objects[name] = _filled(file.data, bucket, folder)
    objects[_ARCHIVE] = _archive(
        {n.removeprefix(_ARCHIVED): f for n, f in source.items() if n.startswith(_ARCHIVED)}
    )
    return dict(sorted(objects.items()))


def _filled(template: bytes, bucket: str, folder: str) -> bytes:
    filled = template.replace(b"%%BUCKET_NAME%%", bucket.encode())
    filled = filled.replace(b"%%SOLUTION_NAME%%/%%VERSION%%", folder.encode())
    return filled if not filled or filled.endswith(b"\n") else filled + b"\n"


def _archive(files: Mapping[str, File]) -> bytes:
    """Pack files and their folders as tar.gz, below `./`, as a host unpacks them."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=_COMPRESSION, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for name in _folders(files):
            info = tarfile.TarInfo(name)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for name, file in sorted(files.items()):
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.mode = len(file.data), 0o755 if file.executable else 0o644
            tar.addfile(info, io.BytesIO(file.data))
    return packed.getvalue()


def _folders(files: Mapping[str, File]) -> list[str]:
    found = {parent for name in files for parent in PurePosixPath(name).parents}
    return ["." if str(each) == "." else f"./{each}" for each in sorted(found)]
