"""Releases and the lock in DynamoDB.

The lock item is never deleted. Freeing the lock only removes its owner, so the fence keeps growing.
The owner of an expired lock keeps it until another owner takes it. Then writes with the old fence
fail.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from changeover.adapters.aws_errors import codes_of, ignoring, translated, when
from changeover.adapters.dynamodb import CONDITION_FAILED, item_of, key, record_of
from changeover.cluster.release import Release
from changeover.errors import Conflict, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

LOCK = "lock"
RELEASE = "release#"


@translated
class DynamoReleases:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, cluster: str, name: str) -> Release:
        found = self._table.get_item(Key=key(cluster, RELEASE + name), ConsistentRead=True)
        if "Item" not in found:
            raise Conflict(f"release {name} of cluster {cluster} is not in the release table")
        return record_of(Release, found["Item"])

    def list_all(self, cluster: str) -> tuple[Release, ...]:
        pages = self._table.meta.client.get_paginator("query").paginate(
            TableName=self._table.name,
            KeyConditionExpression="#cluster = :cluster AND begins_with(#item, :release)",
            ExpressionAttributeNames={"#cluster": "cluster", "#item": "item"},
            ExpressionAttributeValues={":cluster": cluster, ":release": RELEASE},
            ConsistentRead=True,
        )
        return tuple(record_of(Release, item) for page in pages for item in page["Items"])

    def acquire(self, cluster: str, owner: str, now: datetime, until: datetime) -> int:
        try:
            return self._take(cluster, owner, now, until)
        except ClientError as error:
            if not codes_of(error) & set(CONDITION_FAILED):
                raise
            return self._extend(cluster, owner, until)

    def _take(self, cluster: str, owner: str, now: datetime, until: datetime) -> int:
        taken = self._table.update_item(
            Key=key(cluster, LOCK),
            UpdateExpression="SET #owner = :owner, expires_at = :until ADD fence :one",
            ConditionExpression="attribute_not_exists(#owner)"
            " OR (#owner <> :owner AND expires_at <= :now)",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={
                ":owner": owner,
                ":until": _text(until),
                ":now": _text(now),
                ":one": 1,
            },
            ReturnValues="UPDATED_NEW",
        )
        return _fence(taken["Attributes"])

    def _extend(self, cluster: str, owner: str, until: datetime) -> int:
        with ignoring(*CONDITION_FAILED):
            extended = self._table.update_item(
                Key=key(cluster, LOCK),
                UpdateExpression="SET expires_at = :until",
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": owner, ":until": _text(until)},
                ReturnValues="ALL_NEW",
            )
            return _fence(extended["Attributes"])
        lock = self._lock(cluster)
        raise Refused(
            f"cluster {cluster} is locked by {lock.get('owner', 'no owner any more')}"
            f" until {lock.get('expires_at', 'now')}: wait until it ends, and start again"
        )

    def free(self, cluster: str, owner: str) -> bool:
        with ignoring(*CONDITION_FAILED):
            self._table.update_item(
                Key=key(cluster, LOCK),
                UpdateExpression="REMOVE #owner, expires_at",
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": owner},
            )
            return True
        return False

    def owner(self, cluster: str, now: datetime) -> str:
        lock = self._lock(cluster)
        return str(lock.get("owner", "")) if lock.get("expires_at", "") > _text(now) else ""

    def assert_held(self, cluster: str, fence: int) -> None:
        lock = self._lock(cluster)
        if "owner" not in lock or _fence(lock) != fence:
            raise Conflict(_lost(cluster, fence))

    def record(self, release: Release, fence: int) -> None:
        self.record_all((release,), fence)

    def record_all(self, releases: tuple[Release, ...], fence: int) -> None:
        clusters = sorted({release.cluster for release in releases})
        guards = [self._guard(cluster, fence) for cluster in clusters]
        puts = [self._put(release) for release in releases]
        with when(*CONDITION_FAILED, then=Conflict, says=_lost(", ".join(clusters), fence)):
            self._table.meta.client.transact_write_items(TransactItems=[*guards, *puts])

    def _guard(self, cluster: str, fence: int) -> "TransactWriteItemTypeDef":
        return {
            "ConditionCheck": {
                "TableName": self._table.name,
                "Key": key(cluster, LOCK),
                "ConditionExpression": "attribute_exists(#owner) AND fence = :fence",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":fence": fence},
            }
        }

    def _put(self, release: Release) -> "TransactWriteItemTypeDef":
        item = item_of(RELEASE + release.name, release)
        return {"Put": {"TableName": self._table.name, "Item": item}}

    def _lock(self, cluster: str) -> dict[str, Any]:
        return self._table.get_item(Key=key(cluster, LOCK), ConsistentRead=True).get("Item", {})


def _text(moment: datetime) -> str:
    """Format a time in UTC with a fixed length, so that DynamoDB can compare it as text."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _fence(lock: dict[str, Any]) -> int:
    return int(lock["fence"])


def _lost(cluster: str, fence: int) -> str:
    return f"the lock of cluster {cluster} with fence {fence} is lost: another run may be active"
