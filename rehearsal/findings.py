"""What is true after a run, found by looking at the world itself and not by asking the workflow."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from changeover import identity
from changeover.dialect import SOCA_2_6
from rehearsal import installed
from rehearsal.directory import BOOTSTRAP
from rehearsal.host.folder import LDAP_PORT
from rehearsal.host.ldap_bind import bind
from rehearsal.life import directory_of, host_of
from rehearsal.report.record import Share
from rehearsal.stage import CANDIDATE, CLUSTER, LIVE, Stage

_AT_A_TIME = 32


def history(stage: Stage, execution: str) -> list[dict[str, Any]]:
    """The execution's events so far."""
    pages = stage.aws.client("stepfunctions").get_paginator("get_execution_history")
    found = pages.paginate(executionArn=execution)
    return [event for page in found for event in page["events"]]


def last_output(events: list[dict[str, Any]], state: str) -> dict[str, Any]:
    """What a state's task last answered; empty when it was never done."""
    for event in reversed(events):
        details = event.get("stateExitedEventDetails", {})
        if details.get("name") == state:
            output = json.loads(details.get("output") or "{}")
            return dict(output.get("Payload", output))
    return {}


def lock(stage: Stage) -> str:
    item = _item(stage, "lock")
    return "held" if item.get("owner", {}).get("S") else "free"


def live_release(stage: Stage) -> str:
    """By the record; several, were it so, would all be named."""
    table = stage.outputs["ReleasesTableName"]
    items = stage.aws.client("dynamodb").scan(TableName=table)["Items"]
    live = [item for item in items if item.get("role", {}).get("S") == "live"]
    return ", ".join(sorted(item["name"]["S"] for item in live))


def listener(stage: Stage) -> list[Share]:
    """Whom the front door sends users to, by release."""
    elbv2 = stage.aws.client("elbv2")
    names = {
        group["TargetGroupArn"]: group["TargetGroupName"]
        for group in elbv2.describe_target_groups()["TargetGroups"]
    }
    arns = [stage.outputs["UsersListenerArn"]]
    (action,) = elbv2.describe_listeners(ListenerArns=arns)["Listeners"][0]["DefaultActions"]
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [action]
    return [
        Share(
            release=names[group["TargetGroupArn"]].removeprefix("changeover-"),
            weight=int(group.get("Weight", 1)),
        )
        for group in groups
        if "TargetGroupArn" in group
    ]


def left_over(stage: Stage) -> list[str]:
    """What of the candidate there is in the account, by whatever service."""
    stacks = stage.aws.client("cloudformation").list_stacks()["StackSummaries"]
    groups = stage.aws.client("elbv2").describe_target_groups()["TargetGroups"]
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = stage.aws.client("ec2").describe_instances(Filters=running)["Reservations"]
    tags = [tag for each in reservations for i in each["Instances"] for tag in i.get("Tags", [])]
    return [
        *(
            f"stack {stack['StackName']}"
            for stack in stacks
            if stack["StackName"].startswith(CANDIDATE)
            and stack["StackStatus"] != "DELETE_COMPLETE"
        ),
        *(f"instance of {tag['Value']}" for tag in tags if tag["Value"] == f"soca-{CANDIDATE}"),
        *(
            f"target group {group['TargetGroupName']}"
            for group in groups
            if group["TargetGroupName"] == f"changeover-{CANDIDATE}"
        ),
        *(f"object {key}" for key in _objects(stage, f"releases/{CANDIDATE}/")),
        *(
            f"object {key}"
            for key in _objects(stage, "soca-installer-")
            if not key.startswith(installed.FOLDER)
        ),
    ]


def _objects(stage: Stage, prefix: str) -> list[str]:
    found = stage.aws.client("s3").list_objects_v2(
        Bucket=stage.outputs["EvidenceBucketName"], Prefix=prefix
    )
    return [each["Key"] for each in found.get("Contents", [])]


def identities(stage: Stage, passwords: Mapping[str, str]) -> dict[str, Any]:
    """Both directories as their servers hold them, and every known login where users are."""
    live = _carried(stage.work, LIVE)
    candidate = _carried(stage.work, CANDIDATE)
    counts = identity.count(live or {})
    tried = {user: word for user, word in passwords.items() if user != BOOTSTRAP}
    return {
        **counts.model_dump(),
        "live_digest": identity.digest(live) if live is not None else None,
        "candidate_digest": identity.digest(candidate) if candidate is not None else None,
        "logins_tried": len(tried),
        "logins_ok": asyncio.run(_logins(stage.work, live_release(stage), tried)),
    }


def _carried(work: Path, release: str) -> identity.Directory | None:
    try:
        host = host_of(work, release)
    except LookupError:
        return None
    return identity.carried(directory_of(host), SOCA_2_6, (BOOTSTRAP,))


async def _logins(work: Path, release: str, passwords: Mapping[str, str]) -> int:
    host = host_of(work, release)
    address = json.loads(host.description.read_text())["address"]
    gate = asyncio.Semaphore(_AT_A_TIME)
    places = {
        entry.first("uid").decode(): entry.dn
        for entry in directory_of(host).values()
        if entry.is_a("posixAccount")
    }

    async def opens(user: str, password: str) -> bool:
        async with gate:
            return user in places and await bind(address, LDAP_PORT, places[user], password) == 0

    return sum(await asyncio.gather(*(opens(*each) for each in passwords.items())))


def _item(stage: Stage, item: str) -> dict[str, Any]:
    answer = stage.aws.client("dynamodb").get_item(
        TableName=stage.outputs["ReleasesTableName"],
        Key={"cluster": {"S": CLUSTER}, "item": {"S": item}},
        ConsistentRead=True,
    )
    return dict(answer.get("Item", {}))
