"""The current targets of requests, from the control plane and the hosts' folders."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.front_door.listener import Action, Asked, Listener, read_listener

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import (
        RuleTypeDef,
        TargetGroupTypeDef,
        TargetHealthDescriptionTypeDef,
    )


@dataclass(frozen=True)
class Host:
    """A scheduler host behind a target group. It has no address while it is down."""

    url: str
    release: str


@dataclass(frozen=True)
class Function:
    """A Lambda function behind a target group."""

    arn: str
    target_group: str


Target = Host | Function

# Targets change rarely. An upgrade changes rules and default actions of listeners.
FULL_READ_SECONDS = 5.0


class Routes:
    """`refresh` reads the control plane and blocks. The others use the last result."""

    def __init__(
        self, work: Path, elbv2: "ElasticLoadBalancingv2Client", listeners: tuple[str, ...]
    ) -> None:
        self._work = work
        self._elbv2 = elbv2
        self._arns = listeners
        self._described: dict[str, Any] = {}
        self._listeners: Mapping[str, Listener] = {}
        self._targets: Mapping[str, tuple[Target, ...]] = {}
        self._full_read_due = 0.0

    def action(self, listener: str, asked: Asked) -> Action:
        return self._listeners[listener].action(asked)

    def targets(self, target_group: str) -> tuple[Target, ...]:
        return self._targets.get(target_group, ())

    def refresh(self) -> None:
        answer = self._elbv2.describe_listeners(ListenerArns=list(self._arns))["Listeners"]
        described = {
            each["ListenerArn"]: (each["DefaultActions"], self._rules(each["ListenerArn"]))
            for each in answer
        }
        if described != self._described or time.monotonic() >= self._full_read_due:
            self._read_all(described)

    def _rules(self, listener: str) -> list["RuleTypeDef"]:
        return self._elbv2.describe_rules(ListenerArn=listener)["Rules"]

    def _read_all(self, described: Mapping[str, Any]) -> None:
        listeners = {arn: read_listener(*each) for arn, each in described.items()}
        groups = set[str]().union(*(each.target_groups() for each in listeners.values()))
        # Targets first: a request between these two lines must not see a group without targets.
        self._targets = {**self._targets, **self._read_targets(groups)}
        self._listeners = listeners
        self._described = dict(described)
        self._full_read_due = time.monotonic() + FULL_READ_SECONDS

    def _read_targets(self, groups: set[str]) -> Mapping[str, tuple[Target, ...]]:
        if not groups:
            return {}
        described = self._elbv2.describe_target_groups(TargetGroupArns=sorted(groups))
        return {
            group["TargetGroupArn"]: tuple(
                self._target(group, each["Target"]["Id"])
                for each in _in_service(self._health(group["TargetGroupArn"]))
            )
            for group in described["TargetGroups"]
        }

    def _health(self, group: str) -> list["TargetHealthDescriptionTypeDef"]:
        answer = self._elbv2.describe_target_health(TargetGroupArn=group)
        return answer["TargetHealthDescriptions"]

    def _target(self, group: "TargetGroupTypeDef", target: str) -> Target:
        if group.get("TargetType") == "lambda":
            return Function(target, group["TargetGroupArn"])
        try:
            host = json.loads((self._work / "hosts" / target / "host.json").read_text())
        except FileNotFoundError:  # the host is not up yet, or has just gone
            return Host("", "")
        scheme = group.get("Protocol", "HTTPS").lower()
        return Host(f"{scheme}://{host['address']}:{host['port']}", host["release"])


def _in_service(
    targets: list["TargetHealthDescriptionTypeDef"],
) -> list["TargetHealthDescriptionTypeDef"]:
    """The targets to use. As on AWS, all registered ones if none is healthy."""
    remaining = [each for each in targets if each["TargetHealth"]["State"] != "draining"]
    healthy = [each for each in remaining if each["TargetHealth"]["State"] == "healthy"]
    return healthy or remaining
