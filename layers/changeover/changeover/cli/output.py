"""What a command writes beside its page: whole or not at all, never over what it reads."""

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
    """Where something goes that holds password hashes; made by `place`, which minds the rest."""

    path: Path

    @property
    def aside(self) -> TextIO:
        """Where the page goes, so that the two do not mix."""
        return sys.stderr if self.path == STDOUT else sys.stdout

    def spare(self, *exports: Export) -> None:
        """Raises Unusable if one of the exports is read from here."""
        there = _found(self.path)
        for export in exports:
            if there and stat.S_ISREG(there.st_mode) and os.path.samestat(there, export.origin):
                raise Unusable(
                    f"{self.path} is where {export.path} is read from: write to another file"
                )

    def write(self, pieces: Iterable[bytes]) -> None:
        """To stdout, or to a file for its owner alone."""
        if self.path == STDOUT:
            sys.stdout.buffer.writelines(pieces)
            return
        try:
            _replace(self.path.resolve(), _shown(pieces, self.path.name))
        except OSError as error:
            raise Unusable(f"{self.path}: {error.strerror or error}") from error


def place(path: Path) -> Place:
    """Raises Unusable for what cannot be replaced. Ask before anything is read."""
    there = _found(path)
    if there and path != STDOUT:
        if not stat.S_ISREG(there.st_mode):
            what = "a directory" if stat.S_ISDIR(there.st_mode) else "no ordinary file"
            raise Unusable(f"{path} is {what}: name a file")
        # Whoever may write in its folder could replace it all the same, and root whatever it is.
        if not (there.st_mode & _WRITABLE and os.access(path, os.W_OK)):
            raise Unusable(f"{path} is write-protected: name another file, or lift that")
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
    """A draft beside it takes its place at the end, so that it is never half-written."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
