"""Check once whether everything that the run made is deleted."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import discard


@step
def handler(event: discard.DiscardToCheck, services: Services) -> discard.CheckedDiscard:
    return discard.check_discard(event, services)
