"""Create the candidate's stack."""

from changeover import deployment
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: deployment.DeployRequest, services: Services) -> deployment.Deployed:
    return deployment.deploy_candidate(event, services)
