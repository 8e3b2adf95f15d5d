"""Exports as a command reads them: as often as it likes, and to their end or not at all."""

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
    """A stream whose faults name its file, and whose reader is told how far it is."""

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
                f"{self._path}: holds more than {MOST_BYTES >> 20:,} MiB: no directory of SOCA"
                " does, so export one whole directory, by slapcat"
            )
        self.telling = self.telling or TELLING.search(part) is not None
        return part


class Export:
    """`path` is what it is called; `origin` tells whether it is the same file as another."""

    def __init__(self, path: Path, origin: os.stat_result, file: BinaryIO) -> None:
        self.path = path
        self.origin = origin
        self._file = file

    @contextmanager
    def read(self) -> Iterator[Readable]:
        """Its LDIF from the beginning. Raises Unusable for whatever is wrong in it."""
        stream = unzipped(self._file)
        # How much a gzipped file holds is known at its end only.
        size = os.fstat(self._file.fileno()).st_size if stream is self._file else None
        seen = _Seen(stream, self.path, size)
        try:
            yield seen
        except Malformed as error:
            raise Unusable(f"{self.path}: {error}") from error
        finally:
            seen.progress.end()
        if not seen.telling:
            raise Unusable(f"{self.path}: holds no entry: export the whole directory, by slapcat")


@contextmanager
def opened(path: Path) -> Iterator[Export]:
    """An export in a file, in a pipe, or `-`. Raises Unusable when it cannot be read."""
    with ExitStack() as stack:
        try:
            source = _stdin() if path == STDIN else stack.enter_context(_open(path))
            origin = os.fstat(source.fileno())
            if path == STDIN or not stat.S_ISREG(origin.st_mode):
                # It holds password hashes: nobody else may read it, and nothing of it may stay.
                copy = stack.enter_context(tempfile.TemporaryFile())
                _copy(_Seen(source, path, None), copy)
                source = copy
        except OSError as error:
            raise Unusable(f"{path}: {error.strerror or error}") from error
        yield Export(path, origin, source)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise Unusable("the input is closed: name a file")
    return sys.stdin.buffer


def _open(path: Path) -> BinaryIO:
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        what = "a directory" if stat.S_ISDIR(mode) else "no ordinary file"
        raise Unusable(f"{path} is {what}: name a file")
    return path.open("rb")


def _copy(source: _Seen, copy: BinaryIO) -> None:
    try:
        while part := source.read(_PART):
            copy.write(part)
        copy.flush()
    finally:
        source.progress.end()
