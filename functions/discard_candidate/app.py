"""Start deleting what the run made."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import discard


@step
def handler(event: discard.DiscardRequest, services: Services) -> discard.Discarding:
    return discard.discard_candidate(event, services)
