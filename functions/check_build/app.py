"""Check once whether the build is done."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import build


@step
def handler(event: build.BuildToCheck, services: Services) -> build.CheckedBuild:
    return build.check_build(event, services)
