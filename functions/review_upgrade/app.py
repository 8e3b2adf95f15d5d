"""Show the evidence to an approver and take the decision; called by the load balancer."""

from typing import Any

from changeover import review
from changeover.ports import Services
from changeover.runtime import page


@page
def handler(event: dict[str, Any], services: Services) -> dict[str, Any]:
    return review.respond(event, services)
