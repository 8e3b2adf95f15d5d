"""Look once whether the image and its scan are done."""

from changeover.images import refreshing
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: refreshing.ImageToCheck, services: Services) -> refreshing.CheckedImage:
    return refreshing.check_image(event, services)
