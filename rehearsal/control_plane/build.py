"""One build as CodeBuild's API describes it."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.control_plane.buildspec import BuildspecRun, Phase
from rehearsal.control_plane.endpoints import ACCOUNT, REGION

BEFORE = ("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE")
AFTER = ("UPLOAD_ARTIFACTS", "FINALIZING")


@dataclass
class Build:
    id: str
    token: str | None
    project: dict[str, Any]
    environment: dict[str, Any]
    run: BuildspecRun
    log: Path
    number: int
    status: str = "IN_PROGRESS"
    started: float = field(default_factory=time.time)
    ended: float | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/{self.id}"


def described(build: Build) -> dict[str, Any]:
    """The build as BatchGetBuilds returns it."""
    phases = [_instant(kind, build.started) for kind in BEFORE]
    phases += [_phase(phase) for phase in build.run.phases]
    ended = {}
    if build.ended is not None:
        phases += [_instant(kind, build.ended) for kind in AFTER]
        phases.append({"phaseType": "COMPLETED", "startTime": build.ended})
        ended = {"endTime": build.ended}
    return ended | {
        "id": build.id,
        "arn": build.arn,
        "buildNumber": build.number,
        "startTime": build.started,
        "currentPhase": phases[-1]["phaseType"],
        "buildStatus": build.status,
        "buildComplete": build.ended is not None,
        "projectName": build.project["name"],
        "phases": phases,
        "source": build.project["source"],
        "artifacts": {"location": ""},
        "environment": build.environment,
        "exportedEnvironmentVariables": [
            {"name": name, "value": value} for name, value in build.run.exported.items()
        ],
        "logs": {
            "groupName": f"/aws/codebuild/{build.project['name']}",
            "streamName": build.log.stem,
            "deepLink": build.log.as_uri(),
        },
        "timeoutInMinutes": build.project["timeoutInMinutes"],
        "initiator": "rehearsal",
    }


def _instant(kind: str, when: float) -> dict[str, Any]:
    at = {"startTime": when, "endTime": when, "durationInSeconds": 0}
    return {"phaseType": kind, "phaseStatus": "SUCCEEDED", **at}


def _phase(phase: Phase) -> dict[str, Any]:
    described: dict[str, Any] = {"phaseType": phase.kind, "startTime": phase.started}
    if phase.ended is not None:
        code = "COMMAND_EXECUTION_ERROR" if phase.message else ""
        described |= {
            "phaseStatus": phase.status,
            "endTime": phase.ended,
            "durationInSeconds": int(phase.ended - phase.started),
            "contexts": [{"statusCode": code, "message": phase.message}],
        }
    return described
