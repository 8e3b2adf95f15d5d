"""Tell people how the run ended and free the lock."""

from changeover import ending
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: ending.CloseRequest, services: Services) -> ending.Closed:
    return ending.close_upgrade(event, services)
