"""Begin to delete what the run has made."""

from changeover import discard
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: discard.DiscardRequest, services: Services) -> discard.Discarding:
    return discard.discard_candidate(event, services)
