"""Make live's directory writable again."""

from changeover import rollback
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: rollback.ThawRequest, services: Services) -> rollback.Thawed:
    return rollback.thaw_directory(event, services)
