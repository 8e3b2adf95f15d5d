"""Decide what the run will do, refuse it with every reason there is, or take the lock."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade import plan


@step
def handler(event: plan.PlanRequest, services: Services) -> plan.UpgradePlan:
    return plan.plan_upgrade(event, services)
