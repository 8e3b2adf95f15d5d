"""Create the candidate's CloudFormation stack."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import deploy


@step
def handler(event: deploy.DeployRequest, services: Services) -> deploy.Deployed:
    return deploy.deploy_candidate(event, services)
