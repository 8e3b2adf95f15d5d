"""Ask for the approval by mail; the answer arrives by the execution's task token."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.approval import gate


@step
def handler(event: gate.ApprovalRequest, services: Services) -> gate.Asked:
    return gate.await_approval(event, services)
