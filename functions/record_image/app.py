"""Make the image the next one."""

from changeover.images import refreshing
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: refreshing.ImageToRecord, services: Services) -> refreshing.RecordedImage:
    return refreshing.record_image(event, services)
