"""Start or tell what follows from an event, once."""

from changeover.images import event_result, events
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: events.ImageEvent, services: Services) -> event_result.EventResult:
    return events.handle_image_event(event, services)
