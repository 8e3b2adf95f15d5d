"""Policies and templates keep within AWS's quotas, also with the longest names there are."""

import json
from pathlib import Path

import pytest

from tests.support.quotas import characters, inline, longest
from tests.support.templates import TEMPLATES, attached, every, of_type, translated

# A statement more must not be the one that no longer fits.
RESERVE = 0.95


def test_what_a_role_may_do_by_itself_fits_into_it() -> None:
    roles = {name: inline(role) for name, role in every("AWS::IAM::Role").items()}
    assert {name: size for name, size in roles.items() if size > 10_240 * RESERVE} == {}
    assert max(roles.values()) > 1_000


def test_every_managed_policy_fits() -> None:
    policies = {
        f"{path.stem}/{name}": characters(longest(policy["PolicyDocument"]))
        for path in TEMPLATES
        for name, policy in of_type("AWS::IAM::ManagedPolicy", translated(path)).items()
    }
    assert {name: size for name, size in policies.items() if size > 6_144 * RESERVE} == {}
    assert max(policies.values()) > 1_000


def test_every_role_has_room_for_one_more_managed_policy() -> None:
    for path in TEMPLATES:
        for name in of_type("AWS::IAM::Role", translated(path)):
            policies = attached(name, translated(path))
            assert len(policies) <= 9, f"{path.stem}/{name} has {len(policies)} of 10: {policies}"


def test_what_says_who_takes_a_role_fits() -> None:
    for name, role in every("AWS::IAM::Role").items():
        assert characters(longest(role["AssumeRolePolicyDocument"])) <= 2_048 * RESERVE, name


@pytest.mark.parametrize(
    ("kind", "document", "most"),
    [
        ("AWS::S3::BucketPolicy", "PolicyDocument", 20 * 1024),
        ("AWS::KMS::Key", "KeyPolicy", 32 * 1024),
        ("AWS::SNS::TopicPolicy", "PolicyDocument", 30 * 1024),
    ],
)
def test_every_policy_of_a_resource_fits(kind: str, document: str, most: int) -> None:
    found = every(kind)
    assert found
    for name, properties in found.items():
        assert characters(longest(properties[document])) <= most * RESERVE, name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_fits(path: Path) -> None:
    """As CloudFormation gets it: with what SAM and included documents make of it."""
    made = translated(path)
    included = sum(len(each.read_bytes()) for each in path.parent.glob("documents/*.yaml"))
    assert len(json.dumps(made)) + included <= 1_000_000 * RESERVE
    assert len(made["Resources"]) <= 500 * RESERVE
    assert len(made.get("Parameters", {})) <= 200 * RESERVE
    assert len(made.get("Outputs", {})) <= 200 * RESERVE
    assert len(made.get("Mappings", {})) <= 200 * RESERVE
