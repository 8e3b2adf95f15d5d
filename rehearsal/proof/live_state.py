"""What live is like, in all that an upgrade may change before users move: nothing of it."""

import hashlib
import json
from dataclasses import dataclass, fields

from rehearsal.host.folder import BASE_DN
from rehearsal.people import life
from rehearsal.proof import tree
from rehearsal.stage import LIVE, Stage


@dataclass(frozen=True, slots=True)
class LiveState:
    """`directory` covers even what only its server writes; `listener` is the users' one."""

    directory: str
    read_only: bool
    stack: str
    instance: str
    listener: str

    def changed_since(self, before: "LiveState") -> list[str]:
        names = (each.name for each in fields(self))
        return [name for name in names if getattr(self, name) != getattr(before, name)]


def look_at_live(stage: Stage) -> LiveState:
    host = life.host_of(stage.work, LIVE)
    stacks = stage.aws.client("cloudformation").describe_stacks(StackName=LIVE)["Stacks"]
    reservations = stage.aws.client("ec2").describe_instances(InstanceIds=[host.root.name])
    (instance,) = reservations["Reservations"][0]["Instances"]
    return LiveState(
        directory=hashlib.sha256(tree.slapcat(host, "-b", BASE_DN)).hexdigest(),
        read_only=b"\nolcReadOnly: TRUE\n" in tree.slapcat(host, "-n", "0"),
        stack=stacks[0]["StackStatus"],
        instance=f"{host.root.name} {instance['State']['Name']}",
        listener=json.dumps(default_actions(stage, "UsersListenerArn"), sort_keys=True),
    )


def default_actions(stage: Stage, listener: str) -> list[dict[str, object]]:
    """As the load balancer has them; `listener` is the name of an output."""
    arns = [stage.outputs[listener]]
    found = stage.aws.client("elbv2").describe_listeners(ListenerArns=arns)
    return list(found["Listeners"][0]["DefaultActions"])
