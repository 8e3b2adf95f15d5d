"""A CodeBuild that runs a project's inline buildspec in a scratch folder."""

import asyncio
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import yaml
from moto.codebuild.models import codebuild_backends

from rehearsal.control_plane.build import Build, described
from rehearsal.control_plane.buildspec import BuildspecRun
from rehearsal.control_plane.endpoints import ACCOUNT, REGION, variables
from rehearsal.control_plane.stand_in import Given, ServiceError, StandIn
from rehearsal.host.wrappers import AWS, write_script


class Builds:
    """StartBuild and related calls. moto keeps the projects."""

    def __init__(self, work: Path, moto: str) -> None:
        self._folder = work / "builds"
        self._moto = moto
        self._builds: dict[str, Build] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._folder.mkdir(parents=True, exist_ok=True)

    def stand_in(self) -> StandIn:
        operations = {
            "StartBuild": self.start,
            "BatchGetBuilds": self.look,
            "ListBuildsForProject": self.list,
            "StopBuild": self.stop,
        }
        return StandIn(self._moto, operations)

    async def start(self, given: Given) -> Given:
        token = given.get("idempotencyToken")
        for build in self._builds.values():
            if token and build.token == token:
                return {"build": described(build)}
        build = self._prepared(given, token)
        self._builds[build.id] = build
        task = asyncio.create_task(self._run(build))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return {"build": described(build)}

    async def look(self, given: Given) -> Given:
        known = [self._builds[each] for each in given["ids"] if each in self._builds]
        missing = [each for each in given["ids"] if each not in self._builds]
        return {"builds": [described(build) for build in known], "buildsNotFound": missing}

    async def list(self, given: Given) -> Given:
        """ListBuildsForProject: always the newest first."""
        name = _project(given["projectName"])["name"]
        ids = [build.id for build in self._builds.values() if build.project["name"] == name]
        return {"ids": ids[::-1]}

    async def stop(self, given: Given) -> Given:
        build = self._builds.get(given["id"])
        if build is None:
            raise ServiceError("ResourceNotFoundException", f"Build {given['id']} does not exist")
        build.run.stop()
        return {"build": described(build)}

    async def stop_all(self) -> None:
        for build in self._builds.values():
            build.run.stop()
        await asyncio.gather(*self._running)

    def _prepared(self, given: Given, token: str | None) -> Build:
        project = _project(given["projectName"])
        key = str(uuid.uuid4())
        folder, log = self._folder / key, self._folder / f"{key}.log"
        variables = {each["name"]: each for each in project["environment"]["environmentVariables"]}
        variables |= {each["name"]: each for each in given.get("environmentVariablesOverride", [])}
        build = Build(
            id=f"{project['name']}:{key}",
            token=token,
            project=project,
            environment=project["environment"] | {"environmentVariables": [*variables.values()]},
            run=BuildspecRun(yaml.safe_load(project["source"]["buildspec"]), {}, folder, log),
            log=log,
            number=len(self._builds) + 1,
        )
        build.run.variables |= {name: str(each["value"]) for name, each in variables.items()}
        build.run.variables |= self._surroundings(build, folder)
        return build

    def _surroundings(self, build: Build, folder: Path) -> dict[str, str]:
        tools = Path(sys.executable).parent
        write_script(folder / "bin/aws", AWS.format(python=sys.executable))
        return {
            **variables({"endpoint": self._moto}),
            "PATH": f"{folder}/bin:{tools}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "CODEBUILD_BUILD_ID": build.id,
            "CODEBUILD_BUILD_ARN": build.arn,
            "CODEBUILD_BUILD_NUMBER": str(build.number),
            "CODEBUILD_INITIATOR": "rehearsal",
            "CODEBUILD_SRC_DIR": str(folder / "src"),
            "CODEBUILD_LOG_PATH": build.log.stem,
        }

    async def _run(self, build: Build) -> None:
        limit = 60 * int(build.project["timeoutInMinutes"])
        try:
            status = await asyncio.wait_for(build.run.run(), limit)
        except TimeoutError:
            build.run.stop()
            status = "TIMED_OUT"
        build.status, build.ended = status, time.time()


def _project(name: str) -> dict[str, Any]:
    projects = codebuild_backends[ACCOUNT][REGION].codebuild_projects
    if name not in projects:
        raise ServiceError("ResourceNotFoundException", f"Project cannot be found: {name}")
    found: dict[str, Any] = projects[name].project_metadata
    return found
