"""What the build of a release is asked to make."""

import re

from changeover.build.request import Request, request_to_json, vendor_key
from changeover.build.settings import BuildSettings
from changeover.cluster.release import bootstrap_account
from changeover.ports.services import Services
from changeover.upgrade.candidate import installer
from changeover.upgrade.candidate.deploy import Installer, stack_parameters
from changeover.upgrade.plan import UpgradePlan

# Each is read and unpacked by the build, to see whether the site's base is right.
_MOST_OTHERS = 4
_ARCHIVE = re.compile(r"(?P<release>[0-9A-Za-z][0-9A-Za-z.-]{0,39})\.tar\.gz")


def build_request(plan: UpgradePlan, services: Services) -> str:
    """Return the build's request as JSON. The same plan gives the same text."""
    source, folder = plan.configuration.source, installer.folder_of(plan.candidate)
    account = bootstrap_account(plan.candidate)
    bucket = services.evidence.bucket
    made = Installer(plan.image, bucket, folder, account, password="")
    settings = BuildSettings(
        cluster=plan.cluster,
        template=source.template,
        parameters=dict(plan.configuration.stack_parameters),
        offered=stack_parameters(plan.configuration.network, made),
        machines=plan.configuration.machines.chosen,
    )
    # A plan that an earlier version stored lists no archives.
    digests = source.pins | {each.key: each.sha256 for each in plan.archives}
    request = Request(
        release=source.vendor_release,
        customizations=source.customizations,
        sha256=digests,
        others=_others(plan, services),
        bucket=bucket,
        folder=folder,
        settings=settings,
    )
    return request_to_json(request)


def _others(plan: UpgradePlan, services: Services) -> tuple[str, ...]:
    """Return the keys of the vendor's other releases, the latest names first."""
    source = plan.configuration.source
    if not source.customizations:
        return ()
    found = (_ARCHIVE.fullmatch(name) for name in services.evidence.files("vendor"))
    names = {each["release"] for each in found if each}
    others = sorted(names - {source.vendor_release}, reverse=True)
    return tuple(vendor_key(name) for name in others[:_MOST_OTHERS])
