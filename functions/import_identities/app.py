"""Load the snapshot into the candidate's directory and read it back."""

from changeover import migration
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: migration.ImportRequest, services: Services) -> migration.ImportedIdentities:
    return migration.import_identities(event, services)
