"""Vulnerabilities in an image in use: operators are notified once, and the image is rebuilt."""

from changeover.cluster.image_settings import ImageSettings, Policy
from changeover.images import records
from changeover.images.acceptance import over_limit
from changeover.images.event_result import EventResult, told
from changeover.ports.services import Services
from changeover.ports.values import Machine, Vulnerabilities
from changeover.types import ImageId


def tell(
    image: ImageId, source: str, found: Vulnerabilities, settings: ImageSettings, services: Services
) -> EventResult:
    """Send an e-mail, once per set of counts, and start a rebuild. The counts exceed a ceiling."""
    what_follows = _build_anew(image, settings, services)
    return told(
        f"vulnerable-{image}-{found.critical}-{found.high}-{found.medium}",
        "vulnerabilities in an image in use",
        f"{image} ({source}) has known vulnerabilities: {over_limit(found, settings)}. It is in use"
        f" by: {records.users_of(image, services)}.\n\n{what_follows}",
        services,
    )


def _build_anew(image: ImageId, settings: ImageSettings, services: Services) -> str:
    """Start a rebuild at most once a day, unless the policy is manual. Returns it in words."""
    newer = records.usable_next(image, services)
    if newer not in (None, image):
        return f"The newer image {newer} has passed its checks already: upgrade to it."
    if settings.policy is Policy.MANUAL or settings.pipeline is None:
        return "Rebuild the image, or upgrade to another one."
    name = f"vulnerable-{image}-{services.now():%Y-%m-%d}"
    if services.executions.start(Machine.REFRESH, name, {}):
        return "The image is being rebuilt."
    return f"A rebuild was started today already: look at the execution {name}."
