"""Probe the candidate, compare it with live, and store the evidence."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import validate


@step
def handler(event: validate.ValidationRequest, services: Services) -> validate.Validated:
    return validate.validate_candidate(event, services)
