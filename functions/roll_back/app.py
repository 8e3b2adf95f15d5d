"""Send the users back to live."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import rollback


@step
def handler(event: rollback.RollBackRequest, services: Services) -> rollback.RolledBack:
    return rollback.roll_back(event, services)
