"""Files as a command reads and writes them: read to their end or refused, written whole or not."""

import gzip
import os
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from changeover.cli.ending import Unusable
from changeover.cli.progress import Progress
from changeover.identities import reading
from changeover.identities.reading import Readable

STDOUT = Path("-")


class _Seen:
    """A stream whose faults name its file, and whose reader is told how far it is."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        # How much a gzipped file holds is known at its end only.
        zipped = isinstance(stream, gzip.GzipFile)
        self.progress = Progress(path.name, None if zipped else path.stat().st_size)
        self._stream = stream
        self._path = path

    def read(self, size: int, /) -> bytes:
        try:
            part = self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise Unusable(f"{self._path}: cannot be read to its end: {error}") from error
        self.progress.add(len(part))
        return part


@contextmanager
def opened(path: Path) -> Iterator[Readable]:
    """The LDIF in a file. Raises Unusable for whatever is wrong with it, or with what it says."""
    _check_ordinary(path)
    try:
        with reading.opened(path) as stream:
            seen = _Seen(stream, path)
            try:
                yield seen
            finally:
                seen.progress.end()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise Unusable(f"{path}: {error}") from error


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write what holds password hashes: to stdout, or to a file for its owner alone."""
    if path == STDOUT:
        sys.stdout.buffer.writelines(pieces)
        return
    _check_ordinary(path)
    try:
        _replace(path.resolve(), pieces)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    """A draft beside it takes its place at the end, so that it is never half-written."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _check_ordinary(path: Path) -> None:
    """A pipe can be read but once, and a device must not be replaced."""
    if path.exists() and not path.is_file():
        what = "a directory" if path.is_dir() else "no ordinary file"
        raise Unusable(f"{path} is {what}: name a file")
