"""The persistent load balancer. Changeover changes one rule on each of its two listeners.

No CloudFormation template contains these rules. A stack update therefore cannot send users or
approvers to another release.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changeover.adapters.aws_errors import translated
from changeover.adapters.listener_actions import (
    NOTHING_TO_PREVIEW,
    Action,
    canonical,
    forward_to,
    to_json,
    to_send,
    weights_of,
)
from changeover.adapters.listener_rules import (
    EVERY_PATH,
    PRIORITY,
    TAG,
    deciding_rule,
    own_rule,
)
from changeover.adapters.polling import Polling
from changeover.adapters.target_groups import TargetGroups
from changeover.errors import Conflict, Unhealthy

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import RuleTypeDef

POLLING = Polling(first_seconds=0.1, longest_seconds=2, total_seconds=60)


@dataclass(frozen=True, slots=True)
class Place:
    """The load balancer's ARNs and VPC. `host_name` is the users' host name, empty if unknown."""

    listener_arn: str
    preview_listener_arn: str
    vpc_id: str
    host_name: str = ""


@translated
class AlbFrontDoor(TargetGroups):
    def __init__(
        self,
        elbv2: "ElasticLoadBalancingv2Client",
        place: Place,
        polling: Polling = POLLING,
    ) -> None:
        super().__init__(elbv2, place.vpc_id, polling)
        self._listener = place.listener_arn
        self._preview_listener = place.preview_listener_arn
        self._host_name = place.host_name
        self._names = {self._listener: "users", self._preview_listener: "preview"}

    def actions(self) -> str:
        return to_json(self._read(self._listener))

    def weights(self) -> Mapping[str, int]:
        return weights_of(self._read(self._listener))

    def serving(self) -> frozenset[str]:
        return frozenset(arn for arn, weight in self.weights().items() if weight)

    def default_weights(self) -> Mapping[str, int]:
        return weights_of(self._read_default(self._listener))

    def take_over(self) -> None:
        default = self._read_default(self._listener)
        if weights_of(default) and own_rule(self._rules(self._listener)) is None:
            self._put(self._listener, default)

    def forward(self, weights: Mapping[str, int]) -> None:
        self._decide(self._listener, forward_to(weights))

    def restore(self, actions: str) -> None:
        self._put(self._listener, json.loads(actions))

    def preview(self, target_group: str | None) -> None:
        shown = forward_to({target_group: 1}) if target_group else NOTHING_TO_PREVIEW
        self._decide(self._preview_listener, shown)

    def _decide(self, listener: str, last: Action) -> None:
        """Replace the last action only. Earlier actions, such as a sign-in, stay."""
        rule = own_rule(self._rules(listener))
        before = canonical(rule["Actions"]) if rule else self._read_default(listener)
        self._put(listener, [*before[:-1], last])

    def _read(self, listener: str) -> list[Action]:
        # The preview listener has another host name. A rule of the template redirects requests for
        # the users' host name there.
        host_name = self._host_name if listener == self._listener else ""
        rule = deciding_rule(self._rules(listener), host_name)
        return canonical(rule["Actions"]) if rule else []

    def _read_default(self, listener: str) -> list[Action]:
        found = self._elbv2.describe_listeners(ListenerArns=[listener])["Listeners"]
        return canonical(found[0]["DefaultActions"])

    def _rules(self, listener: str) -> list["RuleTypeDef"]:
        pages = self._elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener)
        return [rule for page in pages for rule in page["Rules"]]

    def _put(self, listener: str, actions: list[Action]) -> None:
        rule = own_rule(self._rules(listener))
        if rule is None:
            self._create(listener, actions)
        else:
            self._assert_own(rule, listener)
            self._elbv2.modify_rule(
                RuleArn=rule["RuleArn"], Conditions=EVERY_PATH, Actions=to_send(actions)
            )
        # The call returns before all nodes of the load balancer have the change.
        for _ in self._polling.attempts():
            if self._read(listener) == actions:
                return
        raise Unhealthy(
            f"Changeover's rule (priority {PRIORITY}) on listener {listener} was changed, but"
            f" requests get {to_json(self._read(listener))}, not {to_json(actions)}: look for"
            " another rule before it"
        )

    def _create(self, listener: str, actions: list[Action]) -> None:
        if any(action["Type"] == "authenticate-oidc" for action in actions):
            raise Conflict(
                f"listener {listener} uses an OpenID Connect sign-in. A new rule needs its client"
                f" secret, which AWS does not show: create the rule with priority {PRIORITY}"
                " by hand, as docs/operate.md says"
            )
        self._elbv2.create_rule(
            ListenerArn=listener,
            Priority=PRIORITY,
            Conditions=EVERY_PATH,
            Actions=to_send(actions),
            Tags=[{"Key": TAG, "Value": self._names[listener]}],
        )

    def _assert_own(self, rule: "RuleTypeDef", listener: str) -> None:
        arn, name = rule["RuleArn"], self._names[listener]
        described = self._elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        if {"Key": TAG, "Value": name} not in (described[0]["Tags"] if described else []):
            raise Conflict(
                f"rule {arn} has Changeover's priority {PRIORITY}, but not its tag {TAG}={name}:"
                " change the rule's priority, or add the tag if it is Changeover's rule"
            )
