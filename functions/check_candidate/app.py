"""Look once whether SOCA's installer is done on the candidate."""

from changeover import deployment
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: deployment.CandidateToCheck, services: Services) -> deployment.CheckedCandidate:
    return deployment.check_candidate(event, services)
