"""Start an upgrade on the image if its policy says so."""

from changeover.images import offering
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: offering.OfferRequest, services: Services) -> offering.Offered:
    return offering.offer_image(event, services)
