"""Take the candidate's identities as users have left them."""

from changeover import rollback
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: rollback.FetchRequest, services: Services) -> rollback.Fetched:
    return rollback.fetch_changes(event, services)
