"""Start the image pipeline, or take the image that the input names."""

from changeover.images import refresh
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: refresh.RefreshRequest, services: Services) -> refresh.Refreshing:
    return refresh.refresh_image(event, services)
