"""Write a command's output file: completely or not at all, and never over an input file."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from changeover.cli.exit_codes import Unusable
from changeover.cli.exports import Export
from changeover.cli.progress import Progress

STDOUT = Path("-")
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Place:
    """An output file for data with password hashes. `place` creates it, and checks the path."""

    path: Path

    @property
    def aside(self) -> TextIO:
        """The stream for text, so that it does not mix with the data."""
        return sys.stderr if self.path == STDOUT else sys.stdout

    def spare(self, *exports: Export) -> None:
        """Raises Unusable if one of the exports is the same file."""
        there = _found(self.path)
        for export in exports:
            if there and stat.S_ISREG(there.st_mode) and os.path.samestat(there, export.origin):
                raise Unusable(
                    f"{self.path} is the same file as the input {export.path}: write to another"
                    " file"
                )

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write to stdout, or to a file that only its owner can read."""
        if self.path == STDOUT:
            sys.stdout.buffer.writelines(pieces)
            return
        try:
            _replace(self.path.resolve(), _shown(pieces, self.path.name))
        except OSError as error:
            raise Unusable(f"{self.path}: {error.strerror or error}") from error


def place(path: Path) -> Place:
    """Return the output place. Raises Unusable if the file cannot be replaced.

    Call it before reading any input, so that the error comes early.
    """
    there = _found(path)
    if there and path != STDOUT:
        if not stat.S_ISREG(there.st_mode):
            what = "a directory" if stat.S_ISDIR(there.st_mode) else "not a regular file"
            raise Unusable(f"{path} is {what}: name a file")
        # A rename would replace a write-protected file, because it needs only the directory's
        # permissions. Root may write any file.
        if not (there.st_mode & _WRITABLE and os.access(path, os.W_OK)):
            raise Unusable(
                f"{path} is write-protected: name another file, or remove the protection"
            )
    return Place(path)


def _found(path: Path) -> os.stat_result | None:
    try:
        return os.fstat(sys.stdout.fileno()) if path == STDOUT else path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error


def _shown(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    progress = Progress(name, None, verb="written")
    try:
        for piece in pieces:
            yield piece
            progress.add(len(piece))
    finally:
        progress.end()


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a draft in the same directory and rename it, so that no file is half-written."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
