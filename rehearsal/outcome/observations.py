"""Facts after a run, read from AWS and the hosts, not from the workflow."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rehearsal.account import CLUSTER
from rehearsal.actors.activity import NoHostError, host_of
from rehearsal.actors.population import People
from rehearsal.actors.sample_directory import BOOTSTRAP
from rehearsal.actors.sign_in_trial import Login
from rehearsal.host.folder import LDAP_PORT
from rehearsal.host.ldap_bind import SUCCESS, bind
from rehearsal.host.web_ui import sign_in_dn
from rehearsal.outcome import raw_directory
from rehearsal.outcome.live_state import actions_for_all
from rehearsal.report.record import Share
from rehearsal.stage import CANDIDATE, LIVE, Stage

_AT_A_TIME = 32


def history(stage: Stage, execution: str) -> list[dict[str, Any]]:
    """The execution's events so far."""
    pages = stage.aws.client("stepfunctions").get_paginator("get_execution_history")
    found = pages.paginate(executionArn=execution)
    return [event for page in found for event in page["events"]]


def last_output(events: list[dict[str, Any]], state: str) -> dict[str, Any]:
    """The last answer of a state's task. Empty if it never ended."""
    for event in reversed(events):
        details = event.get("stateExitedEventDetails", {})
        if details.get("name") == state:
            output = json.loads(details.get("output") or "{}")
            return dict(output.get("Payload", output))
    return {}


def lock_owner(stage: Stage) -> str:
    """The lock's owner. Empty if the lock is free."""
    return str(_item(stage, "lock").get("owner", {}).get("S", ""))


def lock(stage: Stage) -> Literal["free", "held"]:
    return "held" if lock_owner(stage) else "free"


def live_release(stage: Stage) -> str:
    """The live release on record. All names if there are several."""
    table = stage.outputs["ReleasesTableName"]
    items = stage.aws.client("dynamodb").scan(TableName=table)["Items"]
    live = [item for item in items if item.get("role", {}).get("S") == "live"]
    return ", ".join(sorted(item["name"]["S"] for item in live))


def upgrades(stage: Stage) -> int:
    """The number of upgrades that were started."""
    machine = stage.outputs["UpgradeStateMachineArn"]
    found = stage.aws.client("stepfunctions").list_executions(stateMachineArn=machine)
    return len(found["executions"])


def images(stage: Stage, running: Mapping[str, str | None]) -> dict[str, dict[str, Any]]:
    """The AMI of each release and its record. `running` has each release's AMI."""
    return {release: _image(stage, ami) for release, ami in running.items() if ami}


def _image(stage: Stage, ami: str) -> dict[str, Any]:
    known = stage.aws.client("ec2").describe_images(ImageIds=[ami])["Images"][0]
    made = datetime.fromisoformat(known["CreationDate"])
    s3, bucket = stage.aws.client("s3"), stage.outputs["EvidenceBucketName"]
    try:
        record = json.load(s3.get_object(Bucket=bucket, Key=f"images/{ami}.json")["Body"])
    except s3.exceptions.NoSuchKey:
        record = {}
    return {
        "image": ami,
        "age_days": (datetime.now(UTC) - made).days,
        "recipe": record.get("recipe"),
        "base": record.get("base"),
        "vulnerabilities": record.get("vulnerabilities"),
    }


def listener(stage: Stage) -> list[Share]:
    """The weight of each release in the listener rule."""
    elbv2 = stage.aws.client("elbv2")
    names = {
        group["TargetGroupArn"]: group["TargetGroupName"]
        for group in elbv2.describe_target_groups()["TargetGroups"]
    }
    (action,) = actions_for_all(stage, "UsersListenerArn")
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or [action]
    return [
        Share(
            release=names[group["TargetGroupArn"]].removeprefix("changeover-"),
            weight=int(group.get("Weight", 1)),
        )
        for group in groups
        if "TargetGroupArn" in group
    ]


def identities(stage: Stage, passwords: Mapping[str, str], people: People) -> dict[str, Any]:
    """Count and digest both directories on their servers, and try every known login on live.

    Each login is tried in the way that worked before: as the web interface does, or by SSH.
    """
    live = _carried(stage.work, LIVE)
    candidate = _carried(stage.work, CANDIDATE)
    web = [Login(sign_in_dn(user), each) for user, each in passwords.items() if user != BOOTSTRAP]
    tried = [*web, *people.ssh.values()]
    return {
        **raw_directory.count(live or frozenset()),
        "live_digest": raw_directory.digest(live) if live is not None else None,
        "candidate_digest": raw_directory.digest(candidate) if candidate is not None else None,
        "logins_tried": len(tried),
        "logins_ok": asyncio.run(_logins(stage.work, live_release(stage), tried)),
        "logins_by_ssh": [*people.ssh],
        "logins_refused_on_live": [*people.shut],
    }


def _carried(work: Path, release: str) -> raw_directory.Blocks | None:
    try:
        return raw_directory.movable(host_of(work, release))
    except NoHostError:
        return None


async def _logins(work: Path, release: str, logins: Sequence[Login]) -> int:
    host = host_of(work, release)
    address = json.loads(host.description.read_text())["address"]
    gate = asyncio.Semaphore(_AT_A_TIME)

    async def opens(login: Login) -> bool:
        async with gate:
            return await bind(address, LDAP_PORT, login.dn, login.password) == SUCCESS

    return sum(await asyncio.gather(*map(opens, logins)))


def _item(stage: Stage, item: str) -> dict[str, Any]:
    answer = stage.aws.client("dynamodb").get_item(
        TableName=stage.outputs["ReleasesTableName"],
        Key={"cluster": {"S": CLUSTER}, "item": {"S": item}},
        ConsistentRead=True,
    )
    return dict(answer.get("Item", {}))
