"""Take the candidate's identities as users have left them."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import rollback


@step
def handler(event: rollback.CaptureRequest, services: Services) -> rollback.CapturedChanges:
    return rollback.capture_changes(event, services)
