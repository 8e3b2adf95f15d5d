"""Builds of a release in one CodeBuild project."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import translated
from changeover.adapters.build_code import build_code
from changeover.adapters.lost_builds import is_build_lost
from changeover.errors import Conflict
from changeover.ports.values import Build, BuildStatus

if TYPE_CHECKING:
    from mypy_boto3_codebuild import CodeBuildClient
    from mypy_boto3_codebuild.type_defs import BuildPhaseTypeDef, BuildTypeDef

# This environment variable names the run that a build belongs to.
NAMED_BY = "RUN"
LONGEST_TOKEN = 64
STATUSES = {"IN_PROGRESS": BuildStatus.RUNNING, "SUCCEEDED": BuildStatus.SUCCEEDED}
FAILURES = frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED", "CLIENT_ERROR"})


@translated
class CodeBuildBuilds:
    def __init__(self, codebuild: "CodeBuildClient", project: str) -> None:
        self._codebuild = codebuild
        self._project = project

    def code(self) -> bytes:
        return build_code()

    def start(self, token: str, environment: Mapping[str, str], *, again: bool = False) -> str:
        started = self._codebuild.start_build(
            projectName=self._project,
            idempotencyToken=f"again-{token}"[:LONGEST_TOKEN] if again else token,
            environmentVariablesOverride=[
                {"name": name, "value": value, "type": "PLAINTEXT"}
                for name, value in {**environment, NAMED_BY: token}.items()
            ],
        )
        return started["build"]["id"]

    def status(self, build: str) -> Build:
        found = self._codebuild.batch_get_builds(ids=[build])["builds"]
        if not found:
            raise Conflict(f"CodeBuild project {self._project} has no build {build}")
        otherwise = BuildStatus.LOST if is_build_lost(found[0]) else BuildStatus.FAILED
        status = STATUSES.get(found[0]["buildStatus"], otherwise)
        return Build(status, _detail(status, found[0]), _exported(found[0]))

    def stop(self, token: str) -> None:
        """See the port. Looks at the newest 100 builds only: a run's build is never older."""
        ids = self._codebuild.list_builds_for_project(
            projectName=self._project, sortOrder="DESCENDING"
        ).get("ids", [])
        for build in self._codebuild.batch_get_builds(ids=ids)["builds"] if ids else ():
            if build["buildStatus"] == "IN_PROGRESS" and _run_of(build) == token:
                self._codebuild.stop_build(id=build["id"])


def _detail(status: BuildStatus, build: "BuildTypeDef") -> str:
    """Return the current phase, or the first failed phase and its reason."""
    if status in STATUSES.values():
        return build.get("currentPhase", "")
    failed = (_reason(p) for p in build.get("phases", []) if p.get("phaseStatus") in FAILURES)
    return next(failed, build["buildStatus"])


def _reason(phase: "BuildPhaseTypeDef") -> str:
    contexts = phase.get("contexts", [])
    said = "; ".join(c["message"] for c in contexts if c.get("message"))
    return f"{phase['phaseType']}: {said or phase['phaseStatus']}"


def _run_of(build: "BuildTypeDef") -> str:
    variables = build.get("environment", {}).get("environmentVariables", [])
    return next((each["value"] for each in variables if each["name"] == NAMED_BY), "")


def _exported(build: "BuildTypeDef") -> dict[str, str]:
    return {v["name"]: v.get("value", "") for v in build.get("exportedEnvironmentVariables", [])}
