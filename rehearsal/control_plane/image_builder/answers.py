"""API answers about builds and pipelines, with the fields that the package reads."""

from typing import Any

from rehearsal.control_plane.endpoints import ACCOUNT, REGION
from rehearsal.control_plane.image_builder.builds import Build
from rehearsal.control_plane.image_builder.pipelines import Pipeline
from rehearsal.control_plane.image_builder.switches import Switches

Answer = dict[str, Any]

# The fields of an image in a list of images.
SUMMARY = (
    *("arn", "name", "type", "version", "platform", "osVersion", "state", "owner"),
    *("dateCreated", "outputResources", "tags", "buildType", "imageSource"),
)
# Not part of GetImage's answer: the findings of a scan, which another operation returns.
FINDINGS = "scanFindings"


def image(build: Build) -> Answer:
    """The `image` of GetImage, with the findings of a finished scan."""
    switches, recipe = build.switches, build.pipeline.recipe
    version = build.arn.split("/", 2)[2]
    described = {
        "arn": build.arn,
        "type": "AMI",
        "name": recipe.name,
        "version": version,
        "platform": "Linux",
        "osVersion": switches.os,
        "state": _state(build),
        "imageRecipe": {
            "arn": recipe.arn,
            "type": "AMI",
            "name": recipe.name,
            "platform": "Linux",
            "owner": ACCOUNT,
            "version": recipe.version,
            "parentImage": recipe.parent or build.base,
        },
        "sourcePipelineArn": build.pipeline.arn,
        **_checks(switches),
        "dateCreated": build.created,
        "outputResources": {"amis": [_ami(build)] if build.ami else []},
        "tags": build.tags,
        "buildType": "USER_INITIATED",
        "imageSource": "CUSTOM",
    }
    if build.scan:
        described["scanState"] = {"status": build.scan}
    if build.scan == "COMPLETED":
        described[FINDINGS] = switches.findings
    return described


def pipeline(known: Pipeline, switches: Switches, builds: list[Build]) -> Answer:
    """The `imagePipeline` of GetImagePipeline. `builds` are its builds, the newest last."""
    described = {
        "arn": known.arn,
        "name": known.name,
        "platform": "Linux",
        "imageRecipeArn": known.recipe.arn,
        "infrastructureConfigurationArn": known.infrastructure,
        **_checks(switches),
        "status": known.status,
        "dateCreated": known.created,
    }
    if builds:
        last = builds[-1]
        described |= {"dateLastRun": last.created, "lastRunStatus": last.status}
    return described


def summary(described: Answer) -> Answer:
    return {key: described[key] for key in SUMMARY if key in described}


def aggregation(described: Answer) -> Answer:
    counts = {"imageBuildVersionArn": described["arn"], "severityCounts": described[FINDINGS]}
    return {"imageAggregation": counts}


def _state(build: Build) -> Answer:
    if build.status != "FAILED":
        return {"status": build.status}
    return {"status": build.status, "reason": build.switches.reason}


def _ami(build: Build) -> Answer:
    return {
        "region": REGION,
        "image": build.ami,
        "name": build.ami_name,
        "state": {"status": "AVAILABLE"},
        "accountId": ACCOUNT,
    }


def _checks(switches: Switches) -> Answer:
    return {
        "imageTestsConfiguration": {"imageTestsEnabled": switches.tests, "timeoutMinutes": 720},
        "imageScanningConfiguration": {"imageScanningEnabled": switches.scan is not None},
    }
