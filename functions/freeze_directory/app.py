"""Make live's directory read-only and prove that the candidate's is equal."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import freeze


@step
def handler(event: freeze.FreezeRequest, services: Services) -> freeze.Frozen:
    return freeze.freeze_directory(event, services)
