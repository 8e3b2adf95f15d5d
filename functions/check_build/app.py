"""Look once whether the build is done."""

from changeover import build
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: build.BuildToCheck, services: Services) -> build.CheckedBuild:
    return build.check_build(event, services)
