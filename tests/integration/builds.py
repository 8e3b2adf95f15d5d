"""The shipped buildspec, run on this machine against a bucket at a moto server."""

import asyncio
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from changeover.adapters.build_code import build_code
from changeover.build.request import Answer, Request, answer_from_json, request_to_json
from changeover.build.settings import BuildSettings
from rehearsal.control_plane.buildspec import BuildspecRun
from tests.support.templates import ROOT, of_type, template

BUCKET = "evidence"
INSTALL_FOLDER = "soca-installer-hpc-r2"
TEMPLATE = "install-with-existing-resources.template"
BOUNDARY = "arn:aws:iam::123456789012:policy/hpc-boundary"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
FACTS = (
    f'{{"boundary": "{BOUNDARY}", "certificate": "{CERTIFICATE}", "release_roles": false,'
    ' "partition": "aws", "account": "123456789012", "region": "us-east-1"}'
)
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Built:
    """`ended` is CodeBuild's status. `answer` is what the build wrote, or None."""

    ended: str
    exported: dict[str, str]
    log: str
    folder: str
    answer: Answer | None

    @property
    def failure(self) -> str:
        """Why there is no release, as Check Build would tell it."""
        if self.exported["FAILURE"] or self.answer is None:
            return self.exported["FAILURE"] or "no answer"
        return self.answer.failure


class Bench:
    """The bucket with the operators' archives and the releases that builds make."""

    def __init__(self, endpoint: str, work: Path) -> None:
        self._endpoint = endpoint
        self._work = work
        self._builds = 0
        self._s3 = self.client("s3")
        self._s3.create_bucket(Bucket=BUCKET)

    @property
    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**AWS, "AWS_ENDPOINT_URL": self._endpoint, "PATH": path}

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self._endpoint,
            region_name=AWS["AWS_DEFAULT_REGION"],
            aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
        )

    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    def read(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str = "") -> set[str]:
        found = self._s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {each["Key"].removeprefix(prefix) for each in found}

    def build(
        self,
        release: str,
        customizations: str = "",
        sha256: dict[str, str] | None = None,
        others: tuple[str, ...] = (),
        spec: dict[str, Any] | None = None,
        facts: str = FACTS,
        **further: str,
    ) -> Built:
        """Ask for a build as Build Release does, and run it."""
        self._builds += 1
        folder, built = self._work / f"build-{self._builds}", f"builds/{self._builds}"
        settings = BuildSettings(cluster="hpc")
        request = request_to_json(
            Request(release, customizations, sha256 or {}, others, BUCKET, INSTALL_FOLDER, settings)
        ).encode()
        self.put(f"{built}/request.json", request)
        self.put(f"{built}/code.zip", build_code())
        inputs = {
            "BUCKET": BUCKET,
            "URL_SUFFIX": "amazonaws.com",
            "FACTS": facts,
            "BUILT_FOLDER": built,
            "REQUEST_SHA256": hashlib.sha256(request).hexdigest(),
            "CODE_SHA256": hashlib.sha256(build_code()).hexdigest(),
            "INSTALL_FOLDER": INSTALL_FOLDER,
            "TEMPLATE": TEMPLATE,
            **further,
        }
        log = folder.with_suffix(".log")
        run = BuildspecRun(spec or buildspec(), {**self.environment, **inputs}, folder, log)
        status = asyncio.run(run.run())
        return Built(status, run.exported, log.read_text(), built, self._answer(built))

    def _answer(self, folder: str) -> Answer | None:
        if f"{folder}/answer.json" not in self.keys():
            return None
        return answer_from_json(self.read(f"{folder}/answer.json").decode())


def project() -> dict[str, Any]:
    projects = of_type(
        "AWS::CodeBuild::Project", template(ROOT / "prerequisites/release-build.yaml")
    )
    return dict(projects["BuildProject"])


def buildspec() -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load(project()["Source"]["BuildSpec"])
    return spec
