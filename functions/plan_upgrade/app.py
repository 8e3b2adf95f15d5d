"""Decide what the run will do, refuse it with every reason there is, or take the lock."""

from changeover import plan
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: plan.PlanRequest, services: Services) -> plan.UpgradePlan:
    return plan.plan_upgrade(event, services)
