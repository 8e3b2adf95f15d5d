"""Apply to live what users changed on the candidate."""

from changeover import rollback
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: rollback.ReturnRequest, services: Services) -> rollback.Returned:
    return rollback.return_changes(event, services)
