"""Lead back and close a run whose execution was ended from outside."""

from changeover import abandonment
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: abandonment.EndedExecution, services: Services) -> abandonment.Abandoned:
    return abandonment.abandon_upgrade(event, services)
