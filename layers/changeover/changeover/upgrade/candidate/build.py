"""Build Release: have CodeBuild make a release of the vendor's archive and the site's wishes."""

import hashlib
from datetime import datetime
from typing import assert_never

from pydantic import AwareDatetime

from changeover.build.digest import listed_digest
from changeover.cluster.source import Archive
from changeover.errors import Unhealthy
from changeover.ports.services import Services
from changeover.ports.values import Build, BuildStatus
from changeover.types import Value
from changeover.upgrade.candidate import build_report, installer
from changeover.upgrade.candidate.build_request import build_request
from changeover.upgrade.plan import UpgradePlan

_LONGEST_TOKEN = 64


class BuildRequest(Value):
    plan: UpgradePlan


class StartedBuild(Value):
    """A CodeBuild build of this run.

    `lost` says why AWS lost the first build, or is empty. `started_at` is the first build's start.
    """

    build: str
    started_at: AwareDatetime
    lost: str = ""


class BuildToCheck(Value):
    plan: UpgradePlan
    started: StartedBuild


class Progress(Value):
    done: bool
    detail: str


class CheckedBuild(Progress):
    """`started` is the build to check next time."""

    started: StartedBuild


def build_release(request: BuildRequest, services: Services) -> StartedBuild:
    """Start the CodeBuild build of the plan's release; it runs for minutes.

    Returns the build's ID and start time. Raises Conflict if the run has lost the lock.
    """
    plan = request.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    build = services.builds.start(token(plan), _environment(plan, services))
    return StartedBuild(build=build, started_at=services.now())


def _environment(plan: UpgradePlan, services: Services) -> dict[str, str]:
    """Write the request and the code for the build, and return its environment variables."""
    code, request = services.builds.code(), build_request(plan, services).encode()
    folder = built_folder(plan)
    services.evidence.write(f"{folder}/code.zip", code)
    services.evidence.write(f"{folder}/request.json", request)
    return {
        "BUCKET": services.evidence.bucket,
        "BUILT_FOLDER": folder,
        "REQUEST_SHA256": hashlib.sha256(request).hexdigest(),
        "CODE_SHA256": hashlib.sha256(code).hexdigest(),
        "INSTALL_FOLDER": installer.folder_of(plan.candidate),
        "TEMPLATE": plan.configuration.source.template,
    }


def token(plan: UpgradePlan) -> str:
    """Return the build's idempotency token, at most 64 characters. It identifies the build."""
    return f"{plan.candidate}-{plan.run}"[:_LONGEST_TOKEN]


def built_folder(plan: UpgradePlan) -> str:
    """Return the S3 folder that the build writes to; nothing boots from this folder."""
    return f"builds/{token(plan)}"


def check_build(request: BuildToCheck, services: Services) -> CheckedBuild:
    """Check the build once; when it is done, copy its installer into place and record it.

    A build that AWS lost is started once more, within the same deadline. Returns whether the build
    is done, and which build to check next. Raises Unhealthy if the build failed or the deadline
    has passed. Raises Conflict if the run has lost the lock.
    """
    plan, started = request.plan, request.started
    build = services.builds.status(started.build)
    deadline = plan.configuration.waits.build_deadline_seconds
    if build.status is BuildStatus.LOST and not started.lost:
        return _start_again(plan, started, build, services)
    try:
        judged = judge_build(build, started.started_at, services.now(), deadline)
    except Unhealthy as failure:
        services.builds.stop(token(plan))
        if started.lost:
            first = f"AWS lost the first build ({started.lost}), so it was started once more"
            raise Unhealthy(f"{failure}. {first}") from failure
        raise
    if judged.done:
        _place_installer(plan, build, services)
    return CheckedBuild(done=judged.done, detail=judged.detail, started=started)


def judge_build(build: Build, started_at: datetime, now: datetime, deadline: int) -> Progress:
    """Return whether the build is done. Raises Unhealthy if it failed or is late.

    `deadline` is in seconds. A build that exports FAILURE has failed, even with the status
    SUCCEEDED: CodeBuild documents exported variables only for builds that succeeded.
    """
    failure = build.exported.get("FAILURE", "")
    match build.status:
        case BuildStatus.SUCCEEDED if not failure:
            return Progress(done=True, detail=build.detail)
        case BuildStatus.SUCCEEDED | BuildStatus.FAILED:
            raise Unhealthy(f"the release could not be built: {failure or build.detail}")
        case BuildStatus.LOST:
            raise Unhealthy(f"AWS lost the build of the release: {build.detail}. Start a new run")
        case BuildStatus.RUNNING:
            if (now - started_at).total_seconds() > deadline:
                raise Unhealthy(f"the build did not end within {deadline} s: {build.detail}")
            return Progress(done=False, detail=build.detail)
        case _:
            assert_never(build.status)


def _start_again(
    plan: UpgradePlan, started: StartedBuild, lost: Build, services: Services
) -> CheckedBuild:
    services.releases.assert_held(plan.cluster, plan.fence)
    build = services.builds.start(token(plan), _environment(plan, services), again=True)
    return CheckedBuild(
        done=False,
        detail=f"AWS lost the build {started.build} ({lost.detail}): started once more as {build}",
        started=StartedBuild(build=build, started_at=started.started_at, lost=lost.detail),
    )


def _place_installer(plan: UpgradePlan, build: Build, services: Services) -> None:
    """Keep the build's report and copy the installer. Raises Unhealthy if nothing was built."""
    missing = {"ANSWER_SHA256", "TEMPLATE_URL"} - build.exported.keys()
    if missing:
        raise Unhealthy(f"the build succeeded but did not export {' and '.join(sorted(missing))}")
    services.releases.assert_held(plan.cluster, plan.fence)
    answer, report = build_report.keep(plan.run, built_folder(plan), build.exported, services)
    if answer.failure:
        raise Unhealthy(f"the release could not be built: {answer.failure}")
    if plan.build_only:
        return
    folder, wanted = installer.folder_of(plan.candidate), listed_digest(answer.files)
    url, at = build.exported["TEMPLATE_URL"], f"/{folder}/{plan.configuration.source.template}"
    if not (url.startswith(f"https://{services.evidence.bucket}.s3.") and url.endswith(at)):
        raise Unhealthy(f"the build exported the template {url}, which is not in {folder}")
    installer.place(f"{built_folder(plan)}/installer", folder, wanted, services.evidence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    bases = (Archive(key=e.key, sha256=e.sha256, pinned=e.pinned) for e in answer.archives)
    placed = {
        "install_folder": folder,
        "installer_sha256": wanted,
        "template_url": url,
        "built_from": (*plan.archives, *bases),
        "build_report": report,
    }
    services.releases.record(candidate.model_copy(update=placed), plan.fence)
