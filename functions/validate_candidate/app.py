"""Probe the candidate, judge it beside live, and store the evidence."""

from changeover import validation
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: validation.ValidationRequest, services: Services) -> validation.Validated:
    return validation.validate_candidate(event, services)
