"""Serve the approval page behind the load balancer, and take the decision."""

from typing import Any

from changeover.ports.services import Services
from changeover.runtime import page
from changeover.upgrade.approval import web


@page
def handler(event: dict[str, Any], services: Services) -> dict[str, Any]:
    return web.respond(event, services)
