"""Source archives of a release: check them before the build, and list them for the approver."""

from collections.abc import Iterable
from dataclasses import dataclass

from changeover.cluster.source import Archive, Source
from changeover.errors import Unhealthy
from changeover.ports.services import Evidence

# SOCA 2.6.1 has 3 MB. Plan Upgrade reads the whole archive and times out after two minutes.
MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """One archive in the evidence bucket.

    `pin` is the sha256 from the configuration, or empty. `sha256` is the digest of the object, or
    empty if the object is missing. `trouble` says why the object could not be read, or is empty.
    """

    key: str
    pin: str
    sha256: str = ""
    trouble: str = ""


def look(source: Source, evidence: Evidence) -> tuple[Found, ...]:
    """Read every archive of the source and compute its sha256."""
    return tuple(_found(key, pin, evidence) for key, pin in source.pins.items())


def judge(found: Iterable[Found]) -> list[str]:
    """Return one message for each archive that cannot be built from; empty if all are good."""
    return [problem for each in found if (problem := _problem(each))]


def known(found: Iterable[Found]) -> tuple[Archive, ...]:
    """Return the archives as the plan records them. Call it only if `judge` reports nothing."""
    return tuple(Archive(key=f.key, sha256=f.sha256, pinned=bool(f.pin)) for f in found)


def describe(archives: Iterable[Archive]) -> tuple[str, ...]:
    """Return one line for each archive, for the approver."""
    return tuple(
        f"{each.key}: sha256 {each.sha256:.16}…, {_PINNED if each.pinned else _NOT_PINNED}"
        for each in archives
    )


_PINNED = "equals the sha256 pinned in the configuration"
_NOT_PINNED = "not pinned: the configuration gives no sha256 to compare it with"


def _found(key: str, pin: str, evidence: Evidence) -> Found:
    try:
        return Found(key, pin, evidence.digest(key, MOST_BYTES) or "")
    except Unhealthy as error:
        return Found(key, pin, trouble=str(error))


def _problem(found: Found) -> str:
    if found.trouble:
        return f"s3: {found.trouble}"
    if not found.sha256:
        return f"s3: {found.key} is missing in the evidence bucket: upload it there"
    if found.pin and found.pin != found.sha256:
        return (
            f"s3: {found.key} has sha256 {found.sha256}, but the configuration pins {found.pin}:"
            " upload the pinned archive, or pin the new sha256 if you changed the archive"
        )
    return ""
