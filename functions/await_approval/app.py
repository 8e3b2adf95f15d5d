"""Ask for approval by e-mail; the decision arrives through the task token."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.approval import gate


@step
def handler(event: gate.ApprovalRequest, services: Services) -> gate.ApprovalAsked:
    return gate.await_approval(event, services)
