"""Vulnerabilities in an image in use: people hear once, and the image is built anew."""

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
    """Once for each set of counts, that exceed what an image may have."""
    what_follows = _build_anew(image, settings, services)
    return told(
        f"vulnerable-{image}-{found.critical}-{found.high}-{found.medium}",
        "vulnerabilities in an image in use",
        f"{image} ({source}), which {records.users_of(image, services)} runs on, has"
        f" {over_limit(found, settings)}.\n\n{what_follows}",
        services,
    )


def _build_anew(image: ImageId, settings: ImageSettings, services: Services) -> str:
    """At most once a day, if images start upgrades by themselves at all; in words."""
    newer = records.usable_next(image, services)
    if newer not in (None, image):
        return f"A newer image, {newer}, was found good already: upgrade to it."
    if settings.policy is Policy.MANUAL or settings.pipeline is None:
        return "Have the image built anew, or upgrade."
    name = f"vulnerable-{image}-{services.now():%Y-%m-%d}"
    if services.executions.start(Machine.REFRESH, name, {}):
        return "The image is built anew."
    return f"It was to be built anew today already: see the execution {name}."
