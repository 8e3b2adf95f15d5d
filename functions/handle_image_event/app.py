"""React once to an image event: start an execution, or notify people."""

from changeover.images import event_result, events
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: events.ImageEvent, services: Services) -> event_result.EventResult:
    return events.handle_image_event(event, services)
