"""Approval requests in the release table."""

from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated, when
from changeover.adapters.dynamodb import CONDITION_FAILED, item_of, key, record_of
from changeover.errors import Conflict
from changeover.ports.values import ApprovalRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

APPROVAL = "approval#"


@translated
class DynamoApprovals:
    def __init__(self, table: "Table") -> None:
        self._table = table

    def put(self, approval: ApprovalRecord) -> None:
        self._table.put_item(Item=item_of(APPROVAL + approval.run, approval))

    def get(self, cluster: str, run: str) -> ApprovalRecord | None:
        found = self._table.get_item(Key=key(cluster, APPROVAL + run), ConsistentRead=True)
        return record_of(ApprovalRecord, found["Item"]) if "Item" in found else None

    def count_attempt(self, cluster: str, run: str) -> int:
        unasked = f"run {run} of cluster {cluster} has no approval request"
        with when(*CONDITION_FAILED, then=Conflict, says=unasked):
            counted = self._table.update_item(
                Key=key(cluster, APPROVAL + run),
                UpdateExpression="ADD attempts :one",
                ConditionExpression="attribute_exists(#item)",
                ExpressionAttributeNames={"#item": "item"},
                ExpressionAttributeValues={":one": 1},
                ReturnValues="UPDATED_NEW",
            )
        return int(str(counted["Attributes"]["attempts"]))

    def decide(self, approval: ApprovalRecord) -> bool:
        """See the port. The answer to a replaced request has another key, so it decides nothing."""
        with ignoring(*CONDITION_FAILED):
            self._table.update_item(
                Key=key(approval.cluster, APPROVAL + approval.run),
                UpdateExpression="SET decision = :decision, decided_by = :by, reason = :reason,"
                " decided_at = :at",
                ConditionExpression="decision = :undecided AND key_sha256 = :key",
                ExpressionAttributeValues={
                    ":decision": approval.decision,
                    ":by": approval.decided_by,
                    ":reason": approval.reason,
                    ":at": approval.decided_at.isoformat() if approval.decided_at else None,
                    ":undecided": "",
                    ":key": approval.key_sha256,
                },
            )
            return True
        return False
