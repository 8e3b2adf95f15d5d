"""The state of live, which an upgrade must not change before users move."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rehearsal.actors import activity
from rehearsal.host.folder import BASE_DN
from rehearsal.outcome import raw_directory
from rehearsal.stage import LIVE, Stage

_LAST = 1_000_000


@dataclass(frozen=True, slots=True)
class LiveState:
    """`directory` includes operational attributes. `listener` is what it answers to users."""

    directory: str
    read_only: bool
    stack: str
    instance: str
    listener: str

    def changed_since(self, before: "LiveState") -> list[str]:
        names = (each.name for each in fields(self))
        return [name for name in names if getattr(self, name) != getattr(before, name)]


def look_at_live(stage: Stage) -> LiveState:
    host = activity.host_of(stage.work, LIVE)
    stacks = stage.aws.client("cloudformation").describe_stacks(StackName=LIVE)["Stacks"]
    reservations = stage.aws.client("ec2").describe_instances(InstanceIds=[host.root.name])
    (instance,) = reservations["Reservations"][0]["Instances"]
    return LiveState(
        directory=hashlib.sha256(raw_directory.slapcat(host, "-b", BASE_DN)).hexdigest(),
        read_only=b"\nolcReadOnly: TRUE\n" in raw_directory.slapcat(host, "-n", "0"),
        stack=stacks[0]["StackStatus"],
        instance=f"{host.root.name} {instance['State']['Name']}",
        listener=json.dumps(actions_for_all(stage, "UsersListenerArn"), sort_keys=True),
    )


def actions_for_all(stage: Stage, listener: str) -> list[dict[str, Any]]:
    """The answer to a request for `/`: from the first rule for all paths, or the default action.

    It is read from the load balancer. `listener` is the name of an output.
    """
    rules = stage.aws.client("elbv2").describe_rules(ListenerArn=stage.outputs[listener])["Rules"]
    for_all = [rule for rule in rules if _paths(rule) in ([], [["/*"]])]
    return list(min(for_all, key=_place)["Actions"])


def _paths(rule: Mapping[str, Any]) -> list[list[str]]:
    """The values of each condition of a rule. The default rule has none."""
    return [each.get("PathPatternConfig", {}).get("Values", ["?"]) for each in rule["Conditions"]]


def _place(rule: Mapping[str, Any]) -> int:
    return _LAST if rule["IsDefault"] else int(rule["Priority"])
