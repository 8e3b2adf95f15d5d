"""Check once whether the image and its vulnerability scan are done."""

from changeover.images import refresh
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: refresh.ImageToCheck, services: Services) -> refresh.CheckedImage:
    return refresh.check_image(event, services)
