"""Take over the release that runs today as the cluster's live release."""

from changeover import adoption
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: adoption.Adoption, services: Services) -> adoption.Adopted:
    return adoption.adopt_release(event, services)
