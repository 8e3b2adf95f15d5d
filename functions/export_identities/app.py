"""Take a snapshot of live's identities and prove it complete."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.transfer import migrate


@step
def handler(event: migrate.ExportRequest, services: Services) -> migrate.ExportedIdentities:
    return migrate.export_identities(event, services)
