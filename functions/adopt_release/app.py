"""Record the release that runs today as the cluster's live release."""

from changeover.operations import adopt
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: adopt.Adoption, services: Services) -> adopt.Adopted:
    return adopt.adopt_release(event, services)
