"""Installer folder in S3 that a release boots from: written once, then checked by its sha256."""

import hashlib

from changeover.build.digest import listed_digest
from changeover.errors import Unhealthy
from changeover.ports.services import Evidence
from changeover.types import Digest

# SOCA 2.6.1's largest file has 1 MB. Check Build holds one file at a time in memory.
MOST_BYTES = 256 * 1024 * 1024


def folder_of(release: str) -> str:
    """Return the folder of one release. A release's name is never reused, nor is its folder."""
    return f"soca-installer-{release}"


def place(built: str, folder: str, wanted: Digest, evidence: Evidence) -> None:
    """Copy the build's files into the release's folder. A retry finds them there.

    `wanted` is the folder digest that the build reported. Raises Unhealthy if the files have
    another digest, if a file exists with other content, or if the folder holds other files.
    """
    files = {
        name: _copied(f"{built}/{name}", f"{folder}/{name}", size, evidence)
        for name, size in evidence.files(built).items()
    }
    found = listed_digest(files)
    if found != wanted:
        raise Unhealthy(
            f"{_location(evidence, built)} has sha256 {found}, but the build made {wanted}:"
            " somebody changed it after the build. Start a new run"
        )
    if others := sorted(evidence.files(folder).keys() - files.keys()):
        raise Unhealthy(
            f"{_location(evidence, folder)} holds files that the build did not make:"
            f" {', '.join(others[:5])}. Find out who wrote them, and start a new run"
        )


def digest_of(folder: str, evidence: Evidence) -> Digest:
    """Return the digest of an installer folder. Raises Unhealthy if the folder has no file."""
    names = evidence.files(folder)
    if not names:
        raise Unhealthy(f"{_location(evidence, folder)} is empty: the release has no installer")
    files = {name: evidence.digest(f"{folder}/{name}", MOST_BYTES) for name in names}
    return listed_digest({name: sha256 for name, sha256 in files.items() if sha256})


def judge(folder: str, wanted: Digest | None, evidence: Evidence) -> Digest:
    """Return the digest of an installer folder. Raises Unhealthy if it is not the `wanted` one."""
    found = digest_of(folder, evidence)
    if wanted and found != wanted:
        raise Unhealthy(
            f"{_location(evidence, folder)} has sha256 {found}, not {wanted}: somebody changed the"
            " installer after it was built. Find out who wrote to it, and start a new run"
        )
    return found


def _copied(source: str, target: str, size: int, evidence: Evidence) -> Digest:
    if size > MOST_BYTES:
        raise Unhealthy(
            f"{_location(evidence, source)} has {size} bytes, at most {MOST_BYTES} are allowed"
        )
    content = evidence.read(source)
    sha256 = hashlib.sha256(content).hexdigest()
    if not evidence.write_once(target, content) and evidence.digest(target, MOST_BYTES) != sha256:
        raise Unhealthy(
            f"{_location(evidence, target)} exists already with other content: find out who wrote"
            " it, and start a new run"
        )
    return sha256


def _location(evidence: Evidence, key: str) -> str:
    return f"s3://{evidence.bucket}/{key}"
