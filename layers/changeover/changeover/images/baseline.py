"""An image above the ceilings may still be used where live's own image is no better."""

from collections.abc import Iterator
from dataclasses import dataclass

from changeover.cluster.image_settings import ImageSettings
from changeover.ports.values import Cves, Vulnerabilities
from changeover.types import ImageId

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LiveImage:
    """The image that live runs on, as it is known today.

    `vulnerabilities` and `cves` are None where nobody knows them.
    """

    image: ImageId
    operating_system: str = ""
    vulnerabilities: Vulnerabilities | None = None
    cves: Cves | None = None


def excess(found: Vulnerabilities, settings: ImageSettings) -> dict[str, tuple[int, int]]:
    """Count and ceiling of each severity that has more than its ceiling."""
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
    """Why an image above the ceilings is worse than live's; empty when it is not.

    CVE by CVE where both images have them listed, by count otherwise. Only the severities above
    their ceilings are compared.
    """
    return tuple(_worse(found, cves, live, settings))


def _worse(
    found: Vulnerabilities, cves: Cves | None, live: LiveImage, settings: ImageSettings
) -> Iterator[str]:
    on_live = live.vulnerabilities
    for severity, (count, _) in excess(found, settings).items():
        if cves is not None and live.cves is not None and len(cves.get(severity, ())) > 0:
            if new := sorted(cves[severity].difference(*live.cves.values())):
                yield f"{live.image}, which live runs on, has not {_listed(new)} ({severity})"
        elif on_live is None:
            yield f"how many {severity} ones {live.image} has, which live runs on, is not known"
        elif count > getattr(on_live, severity):
            known = getattr(on_live, severity)
            yield f"{live.image}, which live runs on, has only {known} {severity}"


def _listed(cves: list[str]) -> str:
    more = len(cves) - _SHOWN
    return ", ".join(cves[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
