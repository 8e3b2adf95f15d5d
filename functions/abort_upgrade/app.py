"""Undo and close a run whose execution was stopped from outside."""

from changeover.operations import abort
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: abort.EndedExecution, services: Services) -> abort.Aborted:
    return abort.abort_upgrade(event, services)
