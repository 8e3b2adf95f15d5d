"""Read a tar.gz archive strictly: regular files and folders only, within limits, in one pass."""

import gzip
import hashlib
import io
import tarfile
import zlib
from dataclasses import dataclass, field

from changeover.build.member_names import clashes, left_behind, name_problem
from changeover.build.tree import File, Tree

MOST_PACKED = 512 * 1024 * 1024
MOST_BYTES = 512 * 1024 * 1024
MOST_FILES = 20_000
_PIECE = 1 << 20
_TOLD = 10
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}


class BadArchive(Exception):
    """The archive is refused. The message says which archive, which member, why and what to do."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive's files. `left_out` names files that editors or systems left behind."""

    name: str
    sha256: str
    tree: Tree
    left_out: tuple[str, ...] = ()


def read_archive(packed: bytes, name: str, *, tidy: bool = False) -> Archive:
    """Read an archive completely. `name` is its key or path, for messages.

    With `tidy`, files such as `.DS_Store` are left out. Raises BadArchive, naming up to ten faults.
    """
    reader = _Reader(name, tidy)
    reader.read(_unpacked(packed, name))
    problems = reader.problems + clashes(reader.names)
    if problems:
        raise BadArchive(_refusal(name, problems))
    if not reader.files:
        raise BadArchive(f"{name} has no files. Pack the folder's content and upload it again")
    digest = hashlib.sha256(packed).hexdigest()
    return Archive(name, digest, reader.files, tuple(reader.left_out))


@dataclass
class _Reader:
    """Reads a tar's members one by one. `names` has a name as often as it occurs."""

    name: str
    tidy: bool
    files: dict[str, File] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def read(self, content: bytes) -> None:
        try:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:", errorlevel=2) as tar:
                for member in tar:
                    self._take(tar, member)
                    if len(self.problems) > _TOLD:
                        return
                self.problems += _end_problem(content[tar.offset :])
        except (tarfile.TarError, EOFError, UnicodeError, ValueError, OverflowError) as error:
            raise BadArchive(
                f"{self.name} is a damaged tar archive ({error}). Pack and upload it again"
            ) from error

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = _path(member)
        if self.tidy and left_behind(path):
            self.left_out.append(path)
        elif problem := _problem(member, path):
            self.problems.append(f"{path or member.name!r}: {problem}")
        elif member.isfile():
            self.names.append(path)
            self.files[path] = File(_content(tar, member), bool(member.mode & 0o100))
        if len(self.names) > MOST_FILES:
            raise BadArchive(f"{self.name} has more than {MOST_FILES:,} files")


def _end_problem(rest: bytes) -> list[str]:
    """Python's tarfile takes a damaged or missing header for the archive's end."""
    if len(rest) < tarfile.BLOCKSIZE:
        return ["the tar archive is truncated. Pack and upload it again"]
    if rest.strip(b"\0"):
        return ["the tar archive is damaged, or data follows its end. Pack and upload it again"]
    return []


def _unpacked(packed: bytes, name: str) -> bytes:
    if len(packed) > MOST_PACKED:
        raise BadArchive(f"{name} has more than {MOST_PACKED >> 20} MiB. Pack only what SOCA needs")
    if packed[:2] == b"PK":
        raise BadArchive(f"{name} is a zip archive. Pack it as tar.gz: tar -czf")
    if packed[:2] != b"\x1f\x8b":
        what = "is empty" if not packed else "is not packed with gzip"
        raise BadArchive(f"{name} {what}. Pack it as tar.gz: tar -czf")
    pieces, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > MOST_BYTES:
                    raise BadArchive(
                        f"{name} unpacks to more than {MOST_BYTES >> 20} MiB. Pack only what SOCA"
                        " needs"
                    )
                pieces.append(piece)
    except (EOFError, OSError, zlib.error) as error:
        raise BadArchive(
            f"{name} is damaged or truncated ({error}). Pack and upload it again"
        ) from error
    return b"".join(pieces)


def _path(member: tarfile.TarInfo) -> str:
    """Return the member's name without the `./` that `tar -C folder .` writes."""
    name = member.name
    while name.startswith("./"):
        name = name[2:]
    return name.rstrip("/") if name != "." else ""


def _problem(member: tarfile.TarInfo, path: str) -> str:
    if not path and member.isdir():
        return ""
    if problem := name_problem(path):
        return problem
    if member.isdir() or (member.isreg() and not member.issparse()):
        return ""
    kind = "a sparse file" if member.issparse() else _KINDS.get(member.type, "of unknown kind")
    return f"it is {kind}. Only regular files and folders are taken"


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    data = stream.read() if stream else b""
    if len(data) != member.size:
        raise EOFError(f"{member.name} ends early")
    return data


def _refusal(name: str, problems: list[str]) -> str:
    told = "; ".join(dict.fromkeys(problems[:_TOLD]))
    more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    return f"{name} is refused: {told}{more}"
