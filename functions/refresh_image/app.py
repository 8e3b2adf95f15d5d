"""Run the image pipeline, or take the image that was named."""

from changeover.images import refreshing
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: refreshing.RefreshRequest, services: Services) -> refreshing.Refreshing:
    return refreshing.refresh_image(event, services)
