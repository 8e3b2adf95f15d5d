"""Run the image pipeline, or take the image that was named."""

from changeover.images import refresh
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: refresh.RefreshRequest, services: Services) -> refresh.Refreshing:
    return refresh.refresh_image(event, services)
