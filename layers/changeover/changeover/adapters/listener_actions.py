"""Actions of listeners and rules in a canonical form, so that reads and writes can be compared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionOutputTypeDef, ActionTypeDef

Action = dict[str, Any]

# The preview listener's answer while there is no candidate. prerequisites/front-door.yaml has the
# same default action.
NOTHING_TO_PREVIEW: Action = {
    "Type": "fixed-response",
    "FixedResponseConfig": {
        "StatusCode": "503",
        "ContentType": "text/plain",
        "MessageBody": "There is no candidate to look at.",
    },
}

# AWS does not return these fields. If it ever does, they must not reach state data or evidence.
_SECRET = ("ClientSecret", "UseExistingClientSecret")


def canonical(answered: Iterable["ActionOutputTypeDef"]) -> list[Action]:
    """Return the actions in order, without the fields that the load balancer adds to its answer."""
    actions = cast("list[Action]", sorted(answered, key=lambda action: action.get("Order", 1)))
    return [_canonical(action) for action in actions]


def _canonical(action: Action) -> Action:
    if action["Type"] == "authenticate-oidc":
        config = action["AuthenticateOidcConfig"].items()
        known = {name: value for name, value in config if name not in _SECRET}
        return {"Type": action["Type"], "AuthenticateOidcConfig": known}
    if action["Type"] != "forward":
        return {name: value for name, value in action.items() if name != "Order"}
    # AWS returns a single target group twice: as TargetGroupArn and in ForwardConfig.
    config = action.get("ForwardConfig", {})
    groups = config.get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
    weights = {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
    stickiness = config.get("TargetGroupStickinessConfig", {})
    return forward_to(weights, stickiness if stickiness.get("Enabled") else None)


def forward_to(weights: Mapping[str, int], stickiness: Mapping[str, Any] | None = None) -> Action:
    groups = [{"TargetGroupArn": arn, "Weight": weights[arn]} for arn in sorted(weights)]
    sticky = {"TargetGroupStickinessConfig": dict(stickiness)} if stickiness else {}
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups, **sticky}}


def weights_of(actions: Sequence[Action]) -> dict[str, int]:
    """Return the target groups and weights of the last action. Earlier actions are sign-ins."""
    groups = (
        group
        for action in actions[-1:]
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
    )
    return {group["TargetGroupArn"]: group["Weight"] for group in groups}


def to_json(actions: Sequence[Action]) -> str:
    return json.dumps(actions, sort_keys=True, separators=(",", ":"))


def to_send(actions: Sequence[Action]) -> list["ActionTypeDef"]:
    """Return the actions with `Order` numbers, as the AWS API requires them."""
    numbered = [
        {**_with_its_secret(action), "Order": order}
        for order, action in enumerate(actions, start=1)
    ]
    return cast("list[ActionTypeDef]", numbered)


def _with_its_secret(action: Action) -> Action:
    """Ask the load balancer to keep a sign-in's client secret, because AWS never returns it."""
    if action["Type"] != "authenticate-oidc":
        return action
    config = action["AuthenticateOidcConfig"] | {"UseExistingClientSecret": True}
    return {**action, "AuthenticateOidcConfig": config}
