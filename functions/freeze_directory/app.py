"""Make live's directory read-only and prove that the candidate equals it."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import traffic


@step
def handler(event: traffic.FreezeRequest, services: Services) -> traffic.Frozen:
    return traffic.freeze_directory(event, services)
