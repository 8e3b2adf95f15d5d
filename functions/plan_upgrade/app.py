"""Decide what the run will do, refuse it with every reason there is, or take the lock."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade import planning
from changeover.upgrade.plan import UpgradePlan


@step
def handler(event: planning.PlanRequest, services: Services) -> UpgradePlan:
    return planning.plan_upgrade(event, services)
