"""Archives: what a release is made from, known by sha256 from the plan to the approval."""

from collections.abc import Iterable
from dataclasses import dataclass

from changeover.cluster.source import Archive, Source
from changeover.errors import Unhealthy
from changeover.ports.services import Evidence

# SOCA 2.6.1 has 3 MB. Plan Upgrade reads the whole archive, and has two minutes for all it does.
MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What lies at a key. `pin` is empty where none is configured, `sha256` where nothing lies."""

    key: str
    pin: str
    sha256: str = ""
    trouble: str = ""


def look(source: Source, evidence: Evidence) -> tuple[Found, ...]:
    """Read every archive of the source and take its digest."""
    return tuple(_found(key, pin, evidence) for key, pin in source.pins.items())


def judge(found: Iterable[Found]) -> list[str]:
    """What speaks against a build from these archives, in words; nothing when all is well."""
    return [problem for each in found if (problem := _problem(each))]


def known(found: Iterable[Found]) -> tuple[Archive, ...]:
    """The archives as the plan records them; only for those that `judge` finds nothing against."""
    return tuple(Archive(key=f.key, sha256=f.sha256, pinned=bool(f.pin)) for f in found)


def describe(archives: Iterable[Archive]) -> tuple[str, ...]:
    """A line for each archive, for a person who decides."""
    return tuple(
        f"{each.key}: sha256 {each.sha256:.16}…, {_PINNED if each.pinned else _NOT_PINNED}"
        for each in archives
    )


_PINNED = "as pinned"
_NOT_PINNED = "not pinned: no digest says that it is the one you meant"


def _found(key: str, pin: str, evidence: Evidence) -> Found:
    try:
        return Found(key, pin, evidence.digest(key, MOST_BYTES) or "")
    except Unhealthy as error:
        return Found(key, pin, trouble=str(error))


def _problem(found: Found) -> str:
    if found.trouble:
        return f"s3: {found.trouble}"
    if not found.sha256:
        return f"s3: {found.key} is missing in the evidence bucket: put it there"
    if found.pin and found.pin != found.sha256:
        return (
            f"s3: {found.key} has sha256 {found.sha256}, but the configuration pins {found.pin}:"
            " upload the archive that was pinned, or pin this one if you made the change"
        )
    return ""
