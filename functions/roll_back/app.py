"""Send the users back to live."""

from changeover import rollback
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: rollback.RollBackRequest, services: Services) -> rollback.RolledBack:
    return rollback.roll_back(event, services)
