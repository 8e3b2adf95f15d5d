"""Tell people why there is no new image."""

from changeover.images import closing
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: closing.RefreshToClose, services: Services) -> closing.RefreshClosed:
    return closing.close_refresh(event, services)
