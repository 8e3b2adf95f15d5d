"""Record the candidate as live and live as previous."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade import finish


@step
def handler(event: finish.CompleteRequest, services: Services) -> finish.Completed:
    return finish.complete_upgrade(event, services)
