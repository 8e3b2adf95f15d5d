"""Apply to live what users changed on the candidate."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import rollback


@step
def handler(event: rollback.ReplayRequest, services: Services) -> rollback.ReplayedChanges:
    return rollback.replay_changes(event, services)
