"""Each function's own policies allow what its own step may come to call, and where it calls it.

What a step calls is read from the code (see `tests.support.ports_used` and
`tests.support.aws_calls`); that nothing is overlooked there, `tests/workflow/test_permissions.py`
proves by what runs are seen to ask. Of resources, only those are compared that `PLACES` lists, and
objects, there. What SAM adds to a role (its log, the queue behind it) and what a scheduler's own
role allows a document is not looked at.
"""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from changeover.ports import services
from tests.support.aws_calls import ADAPTERS, actions, adapters, allowed_by, calls_of
from tests.support.ports_used import LAYER, Asked, asked
from tests.support.templates import (
    STEPS,
    Template,
    listed,
    of_type,
    permissions,
    statements_of,
    strings,
    template,
)

OUR_RULES = ":listener-rule/app/changeover-${ClusterName}/*"
CONFIGURATION = ":parameter/changeover/${ClusterName}"
# Where a method needs an action; others need it elsewhere, or it needs it in two places.
PLACES: list[tuple[Asked, str, str]] = [
    (("configurations", "read"), "ssm:GetParameter", CONFIGURATION),
    (("pointers", "get"), "ssm:GetParameter", f"{CONFIGURATION}/image/*"),
    (("images", "newest_base"), "ssm:GetParameter", "/aws/service/ami-amazon-linux-latest/*"),
    (("hosts", "run"), "ssm:SendCommand", ":document/changeover-${ClusterName}-*"),
    (("hosts", "run"), "ssm:SendCommand", ":instance/*"),
    *(
        (("front_door", method), "elasticloadbalancing:CreateRule", f"Outputs.{listener}Arn")
        for method, listener in (
            ("forward", "UsersListener"),
            ("restore", "UsersListener"),
            ("take_over", "UsersListener"),
            ("preview", "PreviewListener"),
        )
    ),
    *(
        (("front_door", method), "elasticloadbalancing:ModifyRule", OUR_RULES)
        for method in ("forward", "restore", "take_over", "preview")
    ),
]


def lacking(step: str, within: Template) -> dict[str, list[str]]:
    """Each action that the step's function is not allowed, and what it is needed for."""
    needed = {each: actions(calls_of(*each)) for each in asked(step)}
    lacks = set[str]().union(*needed.values()) - allowed_by(permissions(step, within))
    return {
        action: sorted(".".join(each) for each, named in needed.items() if action in named)
        for action in lacks
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_function_is_allowed_what_its_step_calls(step: str) -> None:
    assert lacking(step, template()) == {}


@pytest.mark.parametrize("step", STEPS)
def test_a_function_is_allowed_it_where_its_step_calls_it(step: str) -> None:
    allowed = {
        (action, place)
        for statement in permissions(step)
        for action in listed(statement["Action"])
        for place in strings(statement["Resource"])
    }
    refused = [
        (call, place)
        for call, action, place in PLACES
        if call in asked(step)
        and not any(may == action and where.endswith(place) for may, where in allowed)
    ]
    assert refused == []


def without(policy: str, action: str) -> Template:
    """The template with one statement less in a shared policy."""
    mended = copy.deepcopy(template())
    for statement in statements_of(of_type("AWS::IAM::ManagedPolicy", mended)[policy]):
        if action in listed(statement["Action"]):
            statement["Action"] = []
    return mended


@pytest.mark.parametrize(
    ("policy", "action", "step", "call"),
    [
        (
            "TrafficPolicy",
            "cognito-idp:DescribeUserPoolClient",
            "shift_traffic",
            "front_door.forward",
        ),
        ("CandidateStacksPolicy", "iam:PassRole", "deploy_candidate", "stacks.create"),
        ("ExecutionsPolicy", "states:DescribeExecution", "promote_image", "executions.start"),
        ("ImageUsePolicy", "ec2:DeleteTags", "record_image", "images.mark_in_use"),
    ],
)
def test_a_statement_that_is_taken_away_is_missed(
    policy: str, action: str, step: str, call: str
) -> None:
    assert lacking(step, without(policy, action)) == {action: [call]}


def test_a_key_that_another_service_may_use_is_not_enough() -> None:
    lacks = lacking("close_upgrade", without("MailPolicy", "kms:Decrypt"))
    assert lacks.keys() == {"kms:Decrypt by sns", "kms:GenerateDataKey by sns"}


def other_names(path: Path) -> Iterator[str]:
    """Where a neighbor is handed over, or kept, under a name that is not its own."""
    protocols = {
        get_type_hints(getattr(services.Services, port).fget)["return"].__name__: port
        for port in adapters()
    }
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.arg(arg=name, annotation=ast.Name(id=kind)) if kind in protocols:
                found = name, protocols[kind]
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Attribute(ast.Name("services"), port)
            ):
                found = name, port
            case _:
                continue
        if found[1] in adapters() and found[0] != found[1]:
            yield f"{path.name}:{node.lineno}"


def test_a_neighbor_has_one_name_everywhere() -> None:
    """By which it is known what it is asked; so has the reading of the code to be."""
    domain = [path for path in LAYER.rglob("*.py") if ADAPTERS not in path.parents]
    assert [where for path in domain for where in other_names(path)] == []
