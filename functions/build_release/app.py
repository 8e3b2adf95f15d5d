"""Start the build of the vendor's release with the site's customisations merged in."""

from changeover import build
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: build.BuildRequest, services: Services) -> build.StartedBuild:
    return build.build_release(event, services)
