"""Start the CodeBuild build of the vendor's release with the site's customizations."""

from changeover.ports.services import Services
from changeover.runtime import step
from changeover.upgrade.candidate import build


@step
def handler(event: build.BuildRequest, services: Services) -> build.StartedBuild:
    return build.build_release(event, services)
