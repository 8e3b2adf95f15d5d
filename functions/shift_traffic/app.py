"""Send all users to the candidate."""

from changeover import traffic
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: traffic.ShiftRequest, services: Services) -> traffic.Shifted:
    return traffic.shift_traffic(event, services)
