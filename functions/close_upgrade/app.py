"""Free the lock and report by e-mail how the run ended."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade import finish


@step
def handler(event: finish.CloseRequest, services: Services) -> finish.Closed:
    return finish.close_upgrade(event, services)
