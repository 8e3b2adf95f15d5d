"""Compare an image that exceeds the vulnerability ceilings with live's image."""

from collections.abc import Iterator
from dataclasses import dataclass

from changeover.cluster.image_settings import ImageSettings
from changeover.ports.values import Cves, Vulnerabilities
from changeover.types import ImageId

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LiveImage:
    """The image that live runs on, with today's findings.

    `vulnerabilities` and `cves` are None if they are not known.
    """

    image: ImageId
    operating_system: str = ""
    vulnerabilities: Vulnerabilities | None = None
    cves: Cves | None = None


def excess(found: Vulnerabilities, settings: ImageSettings) -> dict[str, tuple[int, int]]:
    """Return count and ceiling of each severity whose count exceeds its ceiling."""
    ceilings = settings.ceilings.model_dump()
    counts = found.model_dump()
    return {
        severity: (counts[severity], ceiling)
        for severity, ceiling in ceilings.items()
        if ceiling is not None and counts[severity] > ceiling
    }


def worse_than_live(
    found: Vulnerabilities, cves: Cves | None, live: LiveImage, settings: ImageSettings
) -> tuple[str, ...]:
    """Return the reasons why an image over the ceilings is worse than live's. Empty if it is not.

    Compares CVE by CVE if both images list them, otherwise by count. Compares only the severities
    that exceed their ceilings.
    """
    return tuple(_worse(found, cves, live, settings))


def _worse(
    found: Vulnerabilities, cves: Cves | None, live: LiveImage, settings: ImageSettings
) -> Iterator[str]:
    on_live = live.vulnerabilities
    for severity, (count, _) in excess(found, settings).items():
        if cves is not None and live.cves is not None and len(cves.get(severity, ())) > 0:
            if new := sorted(cves[severity].difference(*live.cves.values())):
                yield f"live's image {live.image} does not have {_listed(new)} ({severity})"
        elif on_live is None:
            yield f"the number of {severity} ones in live's image {live.image} is not known"
        elif count > getattr(on_live, severity):
            known = getattr(on_live, severity)
            yield f"live's image {live.image} has only {known} {severity}"


def _listed(cves: list[str]) -> str:
    more = len(cves) - _SHOWN
    return ", ".join(cves[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
