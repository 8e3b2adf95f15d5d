"""The shipped buildspec, run on this machine against a bucket at a moto server."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from rehearsal.control_plane.buildspec import BuildspecRun
from rehearsal.control_plane.codebuild import PACKAGES
from tests.support.templates import ROOT, of_type, template

BUCKET = "evidence"
INSTALL_FOLDER = "soca-installer-hpc-r2"
TEMPLATE = "install-with-existing-resources.template"
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class Built:
    """`ended` is CodeBuild's status. `status` is the judgment of Check Build."""

    ended: str
    exported: dict[str, str]
    log: str
    folder: str

    @property
    def status(self) -> str:
        return "FAILED" if self.exported["FAILURE"] else self.ended

    @property
    def failure(self) -> str:
        return self.exported["FAILURE"]


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
        pip = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(PACKAGES),
            "PIP_CONFIG_FILE": os.devnull,
        }
        return {**AWS, **pip, "AWS_ENDPOINT_URL": self._endpoint, "PATH": path}

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
        template: str = TEMPLATE,
        boundary: str = "",
        spec: dict[str, Any] | None = None,
        **further: str,
    ) -> Built:
        self._builds += 1
        folder, built = self._work / f"build-{self._builds}", f"builds/{self._builds}"
        inputs = {
            "BUCKET": BUCKET,
            "URL_SUFFIX": "amazonaws.com",
            "PERMISSIONS_BOUNDARY": boundary,
            "VENDOR_RELEASE": release,
            "VENDOR_SHA256": "",
            "CUSTOMIZATIONS": customizations,
            "CUSTOMIZATIONS_SHA256": "",
            "TEMPLATE": template,
            "BUILT_FOLDER": built,
            "INSTALL_FOLDER": INSTALL_FOLDER,
            **further,
        }
        log = folder.with_suffix(".log")
        run = BuildspecRun(spec or buildspec(), {**self.environment, **inputs}, folder, log)
        status = asyncio.run(run.run())
        return Built(status, run.exported, log.read_text(), built)


def project() -> dict[str, Any]:
    projects = of_type(
        "AWS::CodeBuild::Project", template(ROOT / "prerequisites/release-build.yaml")
    )
    return dict(projects["BuildProject"])


def buildspec() -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load(project()["Source"]["BuildSpec"])
    return spec
