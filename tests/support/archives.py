"""Archives as people pack them, well and badly."""

import gzip
import io
import tarfile
from collections.abc import Mapping

from changeover.build.tree import File


def packed(files: Mapping[str, bytes | File], top: str = "") -> bytes:
    """Pack the files below `top` as tar.gz."""
    return packed_members([member(f"{top}{name}", data) for name, data in files.items()])


def member(
    name: str, data: bytes | File = b"", *, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """A member of any kind."""
    file = data if isinstance(data, File) else File(data)
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    info.size = len(file.data) if kind == tarfile.REGTYPE else 0
    info.mode = 0o755 if file.executable else 0o644
    return info, file.data


def packed_members(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    return gzip.compress(tarred(members), compresslevel=1, mtime=0)


def tarred(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()
