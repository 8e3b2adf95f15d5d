"""Ask for the approval by mail; the answer arrives by the execution's task token."""

from changeover import approval
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: approval.ApprovalRequest, services: Services) -> approval.Asked:
    return approval.await_approval(event, services)
