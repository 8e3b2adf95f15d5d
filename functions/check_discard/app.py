"""Look once whether everything the run has made is gone."""

from changeover import discard
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: discard.DiscardToCheck, services: Services) -> discard.CheckedDiscard:
    return discard.check_discard(event, services)
