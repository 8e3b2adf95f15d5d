"""Report by e-mail why there is no new image."""

from changeover.images import close
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: close.RefreshToClose, services: Services) -> close.RefreshClosed:
    return close.close_refresh(event, services)
