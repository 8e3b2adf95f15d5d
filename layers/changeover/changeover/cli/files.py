"""Files as a command reads and writes them: read whole or refused, written whole or not at all."""

import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from changeover.cli.ending import Unusable
from changeover.cli.progress import watched
from changeover.identities import ldif, reading

STDOUT = Path("-")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The LDIF in a file, gzipped or not. Whatever is wrong with it while it is read is Unusable."""
    _check_ordinary(path)
    try:
        with reading.opened(path) as stream, watched(stream, path) as seen:
            yield seen
    except OSError as error:
        raise Unusable(f"{path}: {_in_words(error)}") from error
    except (EOFError, zlib.error) as error:
        raise Unusable(
            f"{path}: the gzip is damaged or cut off ({error}); export it again"
        ) from error
    except ldif.Malformed as error:
        raise Unusable(f"{path}: {error}. Is it an LDIF export?") from error
    except ValueError as error: 
        raise Unusable(f"{path}: {error}") from error


def write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that only its owner can read, for it holds password hashes; `-` is stdout."""
    if path == STDOUT:
        sys.stdout.buffer.writelines(pieces)
        return
    _check_ordinary(path, may_be_missing=True)
    try:
        _replace(path, pieces)
    except OSError as error:
        raise Unusable(f"{path}: {_in_words(error)}") from error


def _replace(path: Path, pieces: Iterable[bytes]) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
        ...
