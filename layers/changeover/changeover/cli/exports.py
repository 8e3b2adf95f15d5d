"""Read exports: repeatedly, and completely or with an error."""

import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from changeover.cli.exit_codes import Unusable
from changeover.cli.progress import Progress
from changeover.ldap.fast_reader import unzipped
from changeover.ldap.ldif import Malformed
from changeover.ldap.pages import MOST_BYTES, TELLING, Readable

STDIN = Path("-")
_PART = 1 << 20


class _Seen:
    """A stream whose errors name its file, and which shows its progress."""

    def __init__(self, stream: Readable, path: Path, size: int | None) -> None:
        self.progress = Progress(path.name, size)
        self.telling = False
        self._left = MOST_BYTES
        self._stream = stream
        self._path = path

    def read(self, size: int, /) -> bytes:
        try:
            part = self._stream.read(min(size, self._left + 1))
        except (OSError, EOFError, zlib.error) as error:
            raise Unusable(f"{self._path}: cannot be read to its end: {error}") from error
        self.progress.add(len(part))
        self._left -= len(part)
        if self._left < 0:
            raise Unusable(
                f"{self._path}: has more than {MOST_BYTES >> 20:,} MiB, which is too much for one"
                " SOCA directory: export one whole directory with slapcat"
            )
        self.telling = self.telling or TELLING.search(part) is not None
        return part


class Export:
    """An export file. `origin` identifies the file, to compare it with the output file."""

    def __init__(self, path: Path, origin: os.stat_result, file: BinaryIO) -> None:
        self.path = path
        self.origin = origin
        self._file = file

    @contextmanager
    def read(self) -> Iterator[Readable]:
        """Yield the LDIF from its beginning. Raises Unusable if it is malformed or empty."""
        stream = unzipped(self._file)
        # The uncompressed size of a gzipped file is known only at its end.
        size = os.fstat(self._file.fileno()).st_size if stream is self._file else None
        seen = _Seen(stream, self.path, size)
        try:
            yield seen
        except Malformed as error:
            raise Unusable(f"{self.path}: {error}") from error
        finally:
            seen.progress.end()
        if not seen.telling:
            raise Unusable(f"{self.path}: has no entry: export the whole directory with slapcat")


@contextmanager
def opened(path: Path) -> Iterator[Export]:
    """Open an export: a file, a pipe, or `-` for stdin. Raises Unusable if it cannot be read."""
    with ExitStack() as stack:
        try:
            source = _stdin() if path == STDIN else stack.enter_context(_open(path))
            origin = os.fstat(source.fileno())
            if path == STDIN or not stat.S_ISREG(origin.st_mode):
                # The copy has password hashes. A TemporaryFile is private, and deleted at the end.
                copy = stack.enter_context(tempfile.TemporaryFile())
                _copy(_Seen(source, path, None), copy)
                source = copy
        except OSError as error:
            raise Unusable(f"{path}: {error.strerror or error}") from error
        yield Export(path, origin, source)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise Unusable("stdin is closed: name a file")
    return sys.stdin.buffer


def _open(path: Path) -> BinaryIO:
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        what = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
        raise Unusable(f"{path} is {what}: name a file")
    return path.open("rb")


def _copy(source: _Seen, copy: BinaryIO) -> None:
    try:
        while part := source.read(_PART):
            copy.write(part)
        copy.flush()
    finally:
        source.progress.end()
