"""Make live's directory read-only and prove that the candidate equals it."""

from changeover import traffic
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: traffic.FreezeRequest, services: Services) -> traffic.Frozen:
    return traffic.freeze_directory(event, services)
