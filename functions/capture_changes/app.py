"""Make the candidate's directory read-only and take a snapshot of it."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import rollback


@step
def handler(event: rollback.CaptureRequest, services: Services) -> rollback.CapturedChanges:
    return rollback.capture_changes(event, services)
