"""Check once whether SOCA's installer has finished on the candidate."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import deploy


@step
def handler(event: deploy.CandidateToCheck, services: Services) -> deploy.CheckedCandidate:
    return deploy.check_candidate(event, services)
