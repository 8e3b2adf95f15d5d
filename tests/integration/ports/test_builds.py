"""Builds, in memory and as CodeBuild answers (from a stub: moto's builds never run)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.builds import CodeBuildBuilds
from changeover.errors import Conflict
from changeover.ports.services import Builds
from changeover.ports.values import Build, BuildStatus
from tests.support.fakes import FakeBuilds

PROJECT = "changeover-hpc-build-release"
BUILD = f"{PROJECT}:1"


@dataclass
class CodeBuild:
    builds: Builds
    stubber: Stubber

    def answers(self, status: str, **more: Any) -> None:
        found = {"id": BUILD, "buildStatus": status} | more
        self.stubber.add_response("batch_get_builds", {"builds": [found]}, {"ids": [BUILD]})


@pytest.fixture
def codebuild() -> Iterator[CodeBuild]:
    client = boto3.client("codebuild")
    with Stubber(client) as stubber:
        yield CodeBuild(CodeBuildBuilds(client, PROJECT), stubber)
        stubber.assert_no_pending_responses()


def test_a_build_is_started_with_its_environment_and_a_token(codebuild: CodeBuild) -> None:
    asked = {
        "projectName": PROJECT,
        "idempotencyToken": "run-1",
        "environmentVariablesOverride": [
            {"name": "VENDOR_RELEASE", "value": "2.6.1", "type": "PLAINTEXT"},
            {"name": "RUN", "value": "run-1", "type": "PLAINTEXT"},
        ],
    }
    codebuild.stubber.add_response("start_build", {"build": {"id": BUILD}}, asked)
    assert codebuild.builds.start("run-1", {"VENDOR_RELEASE": "2.6.1"}) == BUILD


def test_a_running_build_tells_its_phase(codebuild: CodeBuild) -> None:
    codebuild.answers("IN_PROGRESS", currentPhase="PROVISIONING")
    assert codebuild.builds.status(BUILD) == Build(BuildStatus.RUNNING, "PROVISIONING")


def test_a_finished_build_hands_over_its_variables(codebuild: CodeBuild) -> None:
    exported = [{"name": "INSTALL_FOLDER", "value": "soca-installer-1"}]
    codebuild.answers("SUCCEEDED", exportedEnvironmentVariables=exported)
    build = codebuild.builds.status(BUILD)
    assert build.status is BuildStatus.SUCCEEDED
    assert build.exported == {"INSTALL_FOLDER": "soca-installer-1"}


def test_the_first_phase_that_failed_is_the_reason(codebuild: CodeBuild) -> None:
    codebuild.answers(
        "FAILED",
        phases=[
            {"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED", "contexts": [{"message": ""}]},
            {
                "phaseType": "BUILD",
                "phaseStatus": "FAILED",
                "contexts": [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "exit status 1"}],
            },
            {"phaseType": "POST_BUILD", "phaseStatus": "FAILED", "contexts": []},
        ],
    )
    assert codebuild.builds.status(BUILD) == Build(BuildStatus.FAILED, "BUILD: exit status 1")


def phase(kind: str, status: str, message: str = "", code: str = "") -> dict[str, Any]:
    contexts = [{"statusCode": code, "message": message}]
    return {"phaseType": kind, "phaseStatus": status, "contexts": contexts}


DEAD = "Build container found dead before completing the build. Build container died"


@pytest.mark.parametrize(
    ("status", "phases"),
    [
        ("FAULT", []),
        ("FAULT", [phase("BUILD", "FAULT")]),
        ("FAILED", [phase("PROVISIONING", "FAILED", "no host")]),
        ("FAILED", [phase("QUEUED", "FAULT")]),
        ("FAILED", [phase("INSTALL", "SUCCEEDED"), phase("BUILD", "FAILED", DEAD)]),
        ("FAILED", [phase("BUILD", "FAULT", code="INTERNAL_SERVICE_ERROR")]),
    ],
)
def test_a_build_that_aws_lost_is_told_from_one_that_failed(
    codebuild: CodeBuild, status: str, phases: list[dict[str, Any]]
) -> None:
    codebuild.answers(status, phases=phases)
    assert codebuild.builds.status(BUILD).status is BuildStatus.LOST


@pytest.mark.parametrize(
    ("status", "phases"),
    [
        ("FAILED", [phase("BUILD", "FAILED", "exit status 1", "COMMAND_EXECUTION_ERROR")]),
        ("FAILED", [phase("PROVISIONING", "CLIENT_ERROR", "The subnet is gone")]),
        ("FAILED", []),
        ("TIMED_OUT", [phase("BUILD", "TIMED_OUT")]),
        ("TIMED_OUT", [phase("QUEUED", "TIMED_OUT")]),
        ("STOPPED", [phase("PROVISIONING", "STOPPED")]),
    ],
)
def test_a_build_that_failed_by_itself_is_not_lost(
    codebuild: CodeBuild, status: str, phases: list[dict[str, Any]]
) -> None:
    codebuild.answers(status, phases=phases)
    assert codebuild.builds.status(BUILD).status is BuildStatus.FAILED


def test_the_second_build_has_a_token_of_its_own_and_the_first_ones_name(
    codebuild: CodeBuild,
) -> None:
    asked = {
        "projectName": PROJECT,
        "idempotencyToken": "again-" + 58 * "r",
        "environmentVariablesOverride": [
            {"name": "RUN", "value": 64 * "r", "type": "PLAINTEXT"},
        ],
    }
    codebuild.stubber.add_response("start_build", {"build": {"id": BUILD}}, asked)
    assert codebuild.builds.start(64 * "r", {}, again=True) == BUILD


@pytest.mark.parametrize("status", ["TIMED_OUT", "STOPPED"])
def test_every_other_ending_is_a_failure(codebuild: CodeBuild, status: str) -> None:
    codebuild.answers(status)
    assert codebuild.builds.status(BUILD) == Build(BuildStatus.FAILED, status)


def lists(codebuild: CodeBuild, status: str, token: str) -> None:
    codebuild.stubber.add_response("list_builds_for_project", {"ids": [BUILD]})
    variables = [{"name": "RUN", "value": token}]
    codebuild.answers(status, environment=environment(variables))


def environment(variables: list[dict[str, str]]) -> dict[str, Any]:
    needed = {"type": "ARM_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_SMALL"}
    return {**needed, "environmentVariables": variables}


@pytest.mark.parametrize(("status", "token"), [("SUCCEEDED", "run-1"), ("IN_PROGRESS", "run-2")])
def test_a_build_that_is_over_or_not_ours_is_not_stopped(
    codebuild: CodeBuild, status: str, token: str
) -> None:
    lists(codebuild, status, token)
    codebuild.builds.stop("run-1")


def test_a_running_build_is_found_by_its_token_and_stopped(codebuild: CodeBuild) -> None:
    lists(codebuild, "IN_PROGRESS", "run-1")
    codebuild.stubber.add_response("stop_build", {}, {"id": BUILD})
    codebuild.builds.stop("run-1")


def test_there_may_be_no_build_to_stop(codebuild: CodeBuild) -> None:
    codebuild.stubber.add_response("list_builds_for_project", {})
    codebuild.builds.stop("run-1")


def test_a_build_that_does_not_exist_is_a_conflict(codebuild: CodeBuild) -> None:
    codebuild.stubber.add_response("batch_get_builds", {"builds": [], "buildsNotFound": [BUILD]})
    with pytest.raises(Conflict, match=BUILD):
        codebuild.builds.status(BUILD)


def test_the_twin_knows_a_build_by_its_token() -> None:
    builds = FakeBuilds()
    build = builds.start("run-1", {})
    assert builds.start("run-1", {}) == build
    assert builds.status(build).status is BuildStatus.RUNNING
    builds.stop("run-1")
    assert builds.status(build).status is BuildStatus.FAILED
    with pytest.raises(Conflict):
        builds.status("other")


def test_the_twin_stops_the_second_build_by_the_same_token() -> None:
    builds = FakeBuilds()
    first, second = builds.start("run-1", {}), builds.start("run-1", {}, again=True)
    assert builds.start("run-1", {}, again=True) == second != first
    builds.stop("run-1")
    assert builds.status(second).status is BuildStatus.FAILED
