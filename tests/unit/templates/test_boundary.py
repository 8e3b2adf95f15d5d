"""The page on permissions boundaries says what the templates say, of every role."""

import json
import re

import pytest

from tests.support.templates import Template, every, listed, statements_of, strings
from tools.boundary.page import COMMAND, PAGE, page
from tools.boundary.parts import TITLES, covered
from tools.boundary.ready import LIMIT

TEXT = PAGE.read_text()
ROLES = every("AWS::IAM::Role")
# Our own boundary allows nothing by itself: test_template_candidates.py judges it.
BOUNDARIES = {"candidate-stacks/ReleaseBoundary"}
POLICIES = {
    name: policy
    for name, policy in (every("AWS::IAM::ManagedPolicy") | every("AWS::IAM::RolePolicy")).items()
    if name not in BOUNDARIES
}
GIVING = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"}


def test_the_page_is_what_the_templates_say() -> None:
    assert page() == TEXT, f"docs/boundary.md is out of step; write it anew with: {COMMAND}"


def allowing(policy: Template) -> list[Template]:
    return [each for each in statements_of(policy) if each["Effect"] == "Allow"]


def actions_of(policy: Template) -> set[str]:
    return {action for statement in allowing(policy) for action in listed(statement["Action"])}


def part(name: str) -> str:
    """The rows that are about a template's roles."""
    title = TITLES[name.partition("/")[0]]
    return TEXT.partition(f"| **{title}** |")[2].partition("| **")[0].replace("\\*", "*")


def in_rows(rows: str) -> set[str]:
    found = re.findall(r"^\| `(.+?)`.*? \| (.+) \|$", rows, re.MULTILINE)
    return {f"{service}:{action}" for service, actions in found for action in actions.split(", ")}


@pytest.mark.parametrize("name", ROLES)
def test_every_role_has_its_part_of_the_page(name: str) -> None:
    said = in_rows(part(name))
    assert {each for each in actions_of(ROLES[name]) if not covered(each, said)} == set()
    arns = [each for each in strings(ROLES[name].get("ManagedPolicyArns", [])) if "::aws:" in each]
    assert [arn for arn in arns if f"`{arn.rpartition('/')[2]}`" not in part(name)] == []


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_has_its_part_of_the_page(name: str) -> None:
    said = in_rows(TEXT.replace("\\*", "*") if name.startswith("template/") else part(name))
    assert {each for each in actions_of(POLICIES[name]) if not covered(each, said)} == set()


def boundary() -> list[Template]:
    policy = json.loads(TEXT.partition("```json\n")[2].partition("```")[0])
    assert len(json.dumps(policy, separators=(",", ":"))) <= LIMIT
    statements: list[Template] = policy["Statement"]
    return statements


@pytest.mark.parametrize("name", ROLES | POLICIES)
def test_the_boundary_lets_through_what_a_role_or_policy_allows(name: str) -> None:
    through = [action for statement in boundary() for action in statement["Action"]]
    wanted = actions_of((ROLES | POLICIES)[name])
    assert {each for each in wanted if not covered(each, through)} == set()


def test_the_boundary_gives_rights_to_bounded_roles_only_and_to_those_of_services() -> None:
    conditions = {
        statement["Resource"]: [*statement.get("Condition", {}).get("StringEquals", {})]
        for statement in boundary()
        if any(covered(action, statement["Action"]) for action in GIVING)
    }
    assert conditions == {
        "*": ["iam:PermissionsBoundary"],
        "arn:aws:iam::*:role/aws-service-role/*": [],
    }


def test_rights_are_given_to_roles_of_releases_and_of_services_only() -> None:
    """Others would need their place in the boundary."""
    given = {
        resource["Fn::Sub"].partition(":role/")[2]
        for policy in (ROLES | POLICIES).values()
        for statement in allowing(policy)
        if GIVING & {*listed(statement["Action"])}
        for resource in listed(statement["Resource"])
    }
    assert given
    for name in given:
        assert name.startswith(("${ClusterName}-r?", "aws-service-role/")), name
