"""Take a snapshot of live's identities and prove it complete."""

from changeover import migration
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: migration.ExportRequest, services: Services) -> migration.ExportedIdentities:
    return migration.export_identities(event, services)
