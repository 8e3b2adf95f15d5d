"""Installer: the folder that a release boots from, written once and known by its digest."""

import hashlib
from collections.abc import Mapping

from changeover.errors import Unhealthy
from changeover.ports.services import Evidence
from changeover.types import Digest

# SOCA 2.6.1 has 1 MB in its largest file. Check Build holds one file at a time in memory.
MOST_BYTES = 256 * 1024 * 1024


def folder_of(release: str) -> str:
    """The folder of one release. A release's name is never used again, so neither is its folder."""
    return f"soca-installer-{release}"


def listed_digest(files: Mapping[str, Digest]) -> Digest:
    """The sha256 of what `sha256sum` prints for these files, sorted by the bytes of their names.

    In the folder itself: `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`.
    """
    ordered = sorted(files.items(), key=lambda file: file[0].encode())
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in ordered)
    return hashlib.sha256(lines.encode()).hexdigest()


def place(built: str, folder: str, wanted: Digest, evidence: Evidence) -> None:
    """Copy what was built into the release's folder; again: find it there.

    Raises Unhealthy when it is not what the build said, or when the folder holds anything else.
    """
    files = {
        name: _copied(f"{built}/{name}", f"{folder}/{name}", size, evidence)
        for name, size in evidence.files(built).items()
    }
    found = listed_digest(files)
    if found != wanted:
        raise Unhealthy(
            f"{_location(evidence, built)} has sha256 {found}, but the build made {wanted}:"
            " somebody changed it on the way. Start a new run"
        )
    if others := sorted(evidence.files(folder).keys() - files.keys()):
        raise Unhealthy(
            f"{_location(evidence, folder)} holds what was not built: {', '.join(others[:5])}."
            " Find out who wrote it, and start a new run"
        )


def digest_of(folder: str, evidence: Evidence) -> Digest:
    """Read every file of an installer. Raises Unhealthy when there is none."""
    names = evidence.files(folder)
    if not names:
        raise Unhealthy(f"{_location(evidence, folder)} is empty: the release has no installer")
    files = {name: evidence.digest(f"{folder}/{name}", MOST_BYTES) for name in names}
    return listed_digest({name: sha256 for name, sha256 in files.items() if sha256})


def judge(folder: str, wanted: Digest | None, evidence: Evidence) -> Digest:
    """The installer's digest. Raises Unhealthy when it is another than was wanted."""
    found = digest_of(folder, evidence)
    if wanted and found != wanted:
        raise Unhealthy(
            f"{_location(evidence, folder)} has sha256 {found}, not {wanted}: somebody changed the"
            " installer after it was built. Find out who wrote to it, and start a new run"
        )
    return found


def _copied(source: str, target: str, size: int, evidence: Evidence) -> Digest:
    if size > MOST_BYTES:
        raise Unhealthy(f"{_location(evidence, source)} has {size} bytes, at most {MOST_BYTES}")
    content = evidence.read(source)
    sha256 = hashlib.sha256(content).hexdigest()
    if not evidence.write_once(target, content) and evidence.digest(target, MOST_BYTES) != sha256:
        raise Unhealthy(
            f"{_location(evidence, target)} exists already and is another file: find out who wrote"
            " it, and start a new run"
        )
    return sha256


def _location(evidence: Evidence, key: str) -> str:
    return f"s3://{evidence.bucket}/{key}"
