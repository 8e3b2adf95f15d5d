"""Build Release: merge the site's customisations into the vendor's release and build it."""

from datetime import datetime
from typing import assert_never

from pydantic import AwareDatetime

from changeover.errors import Unhealthy
from changeover.neighbours import Build, BuildStatus
from changeover.plan import UpgradePlan
from changeover.ports import Services
from changeover.values import Value

_LONGEST_TOKEN = 64


class BuildRequest(Value):
    plan: UpgradePlan


class StartedBuild(Value):
    build: str
    started_at: AwareDatetime


class BuildToCheck(Value):
    plan: UpgradePlan
    started: StartedBuild


class CheckedBuild(Value):
    done: bool
    detail: str


def build_release(asked: BuildRequest, services: Services) -> StartedBuild:
    """Start the build of the plan's release; it runs for minutes."""
    plan = asked.plan
    source = plan.configuration.source
    services.releases.assert_held(plan.cluster, plan.fence)
    build = services.builds.start(
        token(plan),
        {
            "BUCKET": services.evidence.bucket,
            "VENDOR_RELEASE": source.vendor_release,
            "CUSTOMISATIONS": source.customisations,
            "TEMPLATE": source.template,
        },
    )
    return StartedBuild(build=build, started_at=services.now())


def token(plan: UpgradePlan) -> str:
    """The build's deterministic name, by which it is found again."""
    return f"{plan.candidate}-{plan.run}"[:_LONGEST_TOKEN]


def check_build(asked: BuildToCheck, services: Services) -> CheckedBuild:
    """Look at the build once; when it is done, record where its artefacts are."""
    plan, started = asked.plan, asked.started
    build = services.builds.status(started.build)
    deadline = plan.configuration.waits.build_deadline_seconds
    try:
        checked = judge_build(build, started.started_at, services.now(), deadline)
    except Unhealthy:
        services.builds.stop(token(plan))
        raise
    if checked.done:
        _record_artefacts(plan, build, services)
    return checked


def judge_build(build: Build, started_at: datetime, now: datetime, deadline: int) -> CheckedBuild:
    """Whether to wait or to go on. Raises Unhealthy when there is nothing to wait for."""
    match build.status:
        case BuildStatus.SUCCEEDED:
            return CheckedBuild(done=True, detail=build.detail)
        case BuildStatus.FAILED:
            why = build.exported.get("FAILURE") or build.detail
            raise Unhealthy(f"the release could not be built: {why}")
        case BuildStatus.RUNNING:
            if (now - started_at).total_seconds() > deadline:
                raise Unhealthy(f"the build did not end within {deadline} s: {build.detail}")
            return CheckedBuild(done=False, detail=build.detail)
        case _:
            assert_never(build.status)


def _record_artefacts(plan: UpgradePlan, build: Build, services: Services) -> None:
    missing = {"INSTALL_FOLDER", "TEMPLATE_URL"} - build.exported.keys()
    if missing:
        raise Unhealthy(f"the build ended well but did not say {' and '.join(sorted(missing))}")
    candidate = services.releases.get(plan.cluster, plan.candidate)
    placed = {
        "install_folder": build.exported["INSTALL_FOLDER"],
        "template_url": build.exported["TEMPLATE_URL"],
    }
    services.releases.record(candidate.model_copy(update=placed), plan.fence)
