"""Make live's directory writable again."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import rollback


@step
def handler(event: rollback.ThawRequest, services: Services) -> rollback.Thawed:
    return rollback.thaw_directory(event, services)
