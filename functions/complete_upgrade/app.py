"""Record the candidate as live and live as previous."""

from changeover import ending
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: ending.CompleteRequest, services: Services) -> ending.Completed:
    return ending.complete_upgrade(event, services)
