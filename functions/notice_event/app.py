"""Start or tell what follows from an event, once."""

from changeover.images import noticed, noticing
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: noticing.Notice, services: Services) -> noticed.Noticed:
    return noticing.notice_event(event, services)
