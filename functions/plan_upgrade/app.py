"""Take the lock and plan the run, or refuse it with every reason at once."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade import planning
from changeover.upgrade.plan import UpgradePlan


@step
def handler(event: planning.PlanRequest, services: Services) -> UpgradePlan:
    return planning.plan_upgrade(event, services)
