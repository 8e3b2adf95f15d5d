"""A boundary to paste: the needs of all parts, as one managed policy."""

import json
import re
import textwrap
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.support.templates import listed
from tools.boundary.parts import Part, folded

# The size limit of a managed policy, without white space.
LIMIT = 6144
ARN = "arn:aws:iam::111122223333:policy/changeover-boundary"
# Each replaces actions that are needed anyway. iam:*InstanceProfile also allows removing a tag.
WHOLE = {
    *("ec2messages:*", "ssmmessages:*", "logs:*LogDelivery"),
    *("iam:*InstanceProfile", "elasticloadbalancing:*TargetGroup"),
}
# These policies cover each service that AWS Backup supports. Here only EC2 instances are backed up.
BACKUPS = {"AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"}
# With these actions, a release's role could gain rights through a role without a boundary.
BOUNDED = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"}
# Service-linked roles have no boundary. Only their service can assume them.
OF_SERVICES = "arn:aws:iam::*:role/aws-service-role/*"


def boundary(parts: list[Part]) -> dict[str, Any]:
    needed = {action for part in parts for some in part.actions.values() for action in some}
    by_aws = {action for name in aws_policies(parts) for action in _actions_of(name)}
    every = folded(needed | by_aws | WHOLE)
    within = {"StringEquals": {"iam:PermissionsBoundary": ARN}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(every - BOUNDED, "*"),
            {**_allow(BOUNDED, "*"), "Condition": within},
            _allow(BOUNDED - {"iam:CreateRole"}, OF_SERVICES),
        ],
    }


def _allow(actions: set[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": resource}


def aws_policies(parts: list[Part]) -> list[str]:
    return sorted({name for part in parts for name in part.aws_policies})


def version(name: str) -> str:
    return str(_by_aws()[name]["DefaultVersionId"])


def length(policy: dict[str, Any]) -> int:
    return len(json.dumps(policy, separators=(",", ":")))


def shown(policy: dict[str, Any]) -> str:
    """JSON with many actions in a line, so that a person can read it."""
    return re.sub(r"(?<=\"Action\": \[\n)[^]]*(?=\n *])", _filled, json.dumps(policy, indent=2))


def _filled(actions: re.Match[str]) -> str:
    in_a_row = " ".join(actions[0].split())
    return textwrap.indent(textwrap.fill(in_a_row, 112, break_on_hyphens=False), " " * 8)


def _actions_of(name: str) -> set[str]:
    statements = listed(_by_aws()[name]["Document"]["Statement"])
    actions = {action for each in statements for action in listed(each["Action"])}
    return {each for each in actions if name not in BACKUPS or each.startswith("ec2:")}


@cache
def _by_aws() -> dict[str, Any]:
    """AWS managed policies, from the copy in moto."""
    read: dict[str, Any] = json.loads(aws_managed_policies_data)
    return read
