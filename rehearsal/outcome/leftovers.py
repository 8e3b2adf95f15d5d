"""Find resources of a candidate that are still in the account."""

import time
from collections.abc import Iterator

from rehearsal.actors.activity import NoHostError, host_of
from rehearsal.outcome.live_state import actions_for_all
from rehearsal.releases import installed
from rehearsal.stage import CANDIDATE, Stage

_GONE_SECONDS = 30


def await_gone(stage: Stage) -> None:
    """Wait until the candidate has no host. A terminated instance stops its host a moment later."""
    deadline = time.monotonic() + _GONE_SECONDS
    while _has_host(stage) and time.monotonic() < deadline:
        time.sleep(0.1)


def left_over(stage: Stage) -> list[str]:
    return [
        *_stacks(stage),
        *_instances(stage),
        *_target_groups(stage),
        *_builds(stage),
        *(f"object {key}" for key in _objects(stage, f"releases/{CANDIDATE}/")),
        *(
            f"object {key}"
            for key in _objects(stage, "soca-installer-")
            if not key.startswith(installed.FOLDER)
        ),
        *(
            ["the preview"]
            if CANDIDATE in str(actions_for_all(stage, "PreviewListenerArn"))
            else []
        ),
        *(["its host"] if _has_host(stage) else []),
    ]


def _has_host(stage: Stage) -> bool:
    try:
        return host_of(stage.work, CANDIDATE).root.exists()
    except NoHostError:
        return False


def _stacks(stage: Stage) -> Iterator[str]:
    for stack in stage.aws.client("cloudformation").list_stacks()["StackSummaries"]:
        name = stack["StackName"]
        if name.startswith(CANDIDATE) and stack["StackStatus"] != "DELETE_COMPLETE":
            yield f"stack {name}"


def _instances(stage: Stage) -> Iterator[str]:
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = stage.aws.client("ec2").describe_instances(Filters=running)["Reservations"]
    for instance in (each for reservation in reservations for each in reservation["Instances"]):
        if f"soca-{CANDIDATE}" in (tag["Value"] for tag in instance.get("Tags", [])):
            yield f"instance {instance['InstanceId']}"


def _target_groups(stage: Stage) -> Iterator[str]:
    for group in stage.aws.client("elbv2").describe_target_groups()["TargetGroups"]:
        if group["TargetGroupName"] == f"changeover-{CANDIDATE}":
            yield f"target group {group['TargetGroupName']}"


def _builds(stage: Stage) -> Iterator[str]:
    codebuild = stage.aws.client("codebuild")
    for project in codebuild.list_projects()["projects"]:
        ids = codebuild.list_builds_for_project(projectName=project)["ids"]
        for build in codebuild.batch_get_builds(ids=ids)["builds"] if ids else []:
            if build["buildStatus"] == "IN_PROGRESS":
                yield f"build {build['id']}"


def _objects(stage: Stage, prefix: str) -> list[str]:
    found = stage.aws.client("s3").list_objects_v2(
        Bucket=stage.outputs["EvidenceBucketName"], Prefix=prefix
    )
    return [each["Key"] for each in found.get("Contents", [])]
