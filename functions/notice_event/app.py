"""Start or tell what follows from an event, once."""

from changeover.images import event_result, events
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: events.Notice, services: Services) -> event_result.Noticed:
    return events.notice_event(event, services)
