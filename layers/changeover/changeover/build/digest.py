"""One digest for a folder of files."""

import hashlib
from collections.abc import Mapping


def listed_digest(files: Mapping[str, str]) -> str:
    """Return one sha256 for a folder, from file names and their sha256.

    It is the sha256 of what `sha256sum` prints for these files, sorted by the bytes of their names.
    In the folder: `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`.
    """
    ordered = sorted(files.items(), key=lambda file: file[0].encode())
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in ordered)
    return hashlib.sha256(lines.encode()).hexdigest()


def sha256_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the sha256 of each file."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
