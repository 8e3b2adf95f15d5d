"""The releases' target groups behind the load balancer: one per release, named after it."""

import hashlib
from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import ignoring, translated, when
from changeover.adapters.polling import Polling
from changeover.errors import Conflict, Unhealthy

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import TargetDescriptionTypeDef, TargetHealthTypeDef

NAME_PREFIX = "changeover-"
LONGEST_NAME = 32
WEB_PORT = 8443
# Long enough to finish a page request. AWS's default is 300 seconds.
DEREGISTRATION_SECONDS = "15"
# The load balancer has not checked the target yet, or does not know yet that a listener uses it.
UNDECIDED = frozenset(
    {"Elb.InitialHealthChecking", "Elb.RegistrationInProgress", "Target.NotInUse"}
)
FROM_WORST = ("unhealthy", "unavailable", "unused", "draining", "initial", "healthy")


@translated
class TargetGroups:
    def __init__(
        self, elbv2: "ElasticLoadBalancingv2Client", vpc_id: str, polling: Polling
    ) -> None:
        self._elbv2 = elbv2
        self._vpc_id = vpc_id
        self._polling = polling

    def ensure_target_group(self, release: str, instance: str) -> str:
        arn = self._target_group(release) or self._make_target_group(release)
        self._elbv2.modify_target_group_attributes(
            TargetGroupArn=arn,
            Attributes=[
                {"Key": "deregistration_delay.timeout_seconds", "Value": DEREGISTRATION_SECONDS}
            ],
        )
        stopped = f"scheduler {instance} of {release} cannot be a target"
        with when("InvalidTarget", then=Unhealthy, says=stopped):
            self._elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
        # A scheduler host that was replaced would stay unhealthy forever.
        health = self._elbv2.describe_target_health(TargetGroupArn=arn)
        others = {one["Target"]["Id"] for one in health["TargetHealthDescriptions"]} - {instance}
        if others:
            targets: list[TargetDescriptionTypeDef] = [{"Id": each} for each in sorted(others)]
            self._elbv2.deregister_targets(TargetGroupArn=arn, Targets=targets)
        return arn

    def _target_group(self, release: str) -> str | None:
        with ignoring("TargetGroupNotFound"):
            found = self._elbv2.describe_target_groups(Names=[target_group_name(release)])
            return found["TargetGroups"][0]["TargetGroupArn"]
        return None

    def _make_target_group(self, release: str) -> str:
        made = self._elbv2.create_target_group(
            Name=target_group_name(release),
            Protocol="HTTPS",
            Port=WEB_PORT,
            VpcId=self._vpc_id,
            TargetType="instance",
            HealthCheckProtocol="HTTPS",
            HealthCheckPath="/ping",
            HealthCheckIntervalSeconds=10,
            HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            Matcher={"HttpCode": "200"},
            Tags=[{"Key": "changeover:release", "Value": release}],
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def health(self, target_group: str) -> tuple[str, str]:
        worst: TargetHealthTypeDef = {}
        for _ in self._polling.attempts():
            worst = self._worst(target_group)
            if worst.get("Reason") not in UNDECIDED:
                break
        reasons = (worst.get("Reason"), worst.get("Description"))
        return worst.get("State", ""), ": ".join(filter(None, reasons))

    def _worst(self, target_group: str) -> "TargetHealthTypeDef":
        found = self._elbv2.describe_target_health(TargetGroupArn=target_group)
        states = [one["TargetHealth"] for one in found["TargetHealthDescriptions"]]
        nothing: TargetHealthTypeDef = {"State": "unused", "Description": "no target is registered"}
        return min(states, key=lambda state: _rank(state.get("State", "")), default=nothing)

    def remove_target_group(self, release: str) -> None:
        arn = self._target_group(release)
        if arn is None:
            return
        # AWS may report the group as in use for a moment after a listener stopped using it.
        for _ in self._polling.attempts():
            with ignoring("ResourceInUse"):
                self._elbv2.delete_target_group(TargetGroupArn=arn)
                return
        raise Conflict(f"the target group of {release} is still used by a listener: {arn}")


def target_group_name(release: str) -> str:
    """Return `changeover-hpc-r7`. A name that is too long is cut, and ends with a hash."""
    name = NAME_PREFIX + release
    if len(name) <= LONGEST_NAME and not name.endswith("-"):
        return name
    digest = hashlib.sha256(release.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9]}-{digest}"


def _rank(state: str) -> int:
    """Return the state's rank, worst first. An unknown state counts as the worst."""
    return FROM_WORST.index(state) if state in FROM_WORST else 0
