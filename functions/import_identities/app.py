"""Load the snapshot into the candidate's directory and read it back."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.transfer import migrate


@step
def handler(event: migrate.ImportRequest, services: Services) -> migrate.ImportedIdentities:
    return migrate.import_identities(event, services)
