"""Start an upgrade on the new image if the start policy says so."""

from changeover.images import promote
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: promote.PromotionRequest, services: Services) -> promote.PromotionResult:
    return promote.promote_image(event, services)
