"""Record the image as the one for the next release."""

from changeover.images import refresh
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: refresh.ImageToRecord, services: Services) -> refresh.RecordedImage:
    return refresh.record_image(event, services)
