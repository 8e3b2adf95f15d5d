"""Send all users to the candidate."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.cutover import traffic


@step
def handler(event: traffic.ShiftRequest, services: Services) -> traffic.Shifted:
    return traffic.shift_traffic(event, services)
