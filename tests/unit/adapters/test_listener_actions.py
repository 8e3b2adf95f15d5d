"""What a listener answers equals what it was told, whatever the load balancer adds."""

from pathlib import Path

import pytest
import yaml

from changeover.adapters.listener_actions import (
    NOTHING_TO_PREVIEW,
    canonical,
    forward_to,
    to_send,
    weights_of,
)
from changeover.adapters.target_groups import LONGEST_NAME, target_group_name

ONE = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/changeover-hpc-r1/1"
TWO = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/changeover-hpc-r2/2"
STICKY = {"Enabled": True, "DurationSeconds": 60}


def test_a_single_target_group_may_be_answered_in_two_ways() -> None:
    short = {"Type": "forward", "TargetGroupArn": ONE}
    groups = [{"TargetGroupArn": ONE, "Weight": 1}]
    config = {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}}
    long = {**short, "Order": 1, "ForwardConfig": config}
    assert canonical([short]) == canonical([long]) == [forward_to({ONE: 1})]


def test_the_order_of_target_groups_says_nothing() -> None:
    groups = [{"TargetGroupArn": TWO, "Weight": 1}, {"TargetGroupArn": ONE, "Weight": 0}]
    answered = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    assert canonical([answered]) == [forward_to({ONE: 0, TWO: 1})]


def test_stickiness_that_is_on_is_kept() -> None:
    config = {"TargetGroups": [{"TargetGroupArn": ONE}], "TargetGroupStickinessConfig": STICKY}
    answered = [{"Type": "forward", "ForwardConfig": config}]
    assert canonical(answered)[0]["ForwardConfig"]["TargetGroupStickinessConfig"] == STICKY


def test_actions_are_put_in_their_order_and_sent_in_it() -> None:
    sign_in = {"Type": "authenticate-cognito", "AuthenticateCognitoConfig": {}}
    answered = [{**NOTHING_TO_PREVIEW, "Order": 2}, {**sign_in, "Order": 1}]
    assert canonical(answered) == [sign_in, NOTHING_TO_PREVIEW]
    assert to_send(canonical(answered)) == answered[::-1]


def test_a_sign_in_keeps_the_secret_that_nobody_is_told() -> None:
    sign_in = {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"ClientId": "hpc"}}
    sent = to_send([sign_in, NOTHING_TO_PREVIEW])
    assert sent[0]["AuthenticateOidcConfig"] == {"ClientId": "hpc", "UseExistingClientSecret": True}
    assert sign_in["AuthenticateOidcConfig"] == {"ClientId": "hpc"}


def test_the_secret_of_a_sign_in_is_never_remembered() -> None:
    config = {"ClientId": "hpc", "ClientSecret": "hush", "UseExistingClientSecret": True}
    answered = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": config}
    (sign_in,) = canonical([answered])
    assert sign_in == {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"ClientId": "hpc"}}


def test_reading_what_was_sent_gives_what_was_meant() -> None:
    actions = [forward_to({ONE: 0, TWO: 100}, STICKY)]
    assert canonical(to_send(actions)) == actions


def test_a_fixed_answer_and_no_answer_forward_nowhere() -> None:
    assert weights_of([NOTHING_TO_PREVIEW]) == {}
    assert weights_of([]) == {}


def test_the_preview_listener_begins_with_the_answer_that_it_goes_back_to() -> None:
    template = Path("prerequisites/front-door.yaml").read_text(encoding="utf-8")
    known = yaml.load(template, Loader=Lenient)  # noqa: S506 - of our own file
    listener = known["Resources"]["PreviewListener"]["Properties"]
    assert canonical(listener["DefaultActions"]) == [NOTHING_TO_PREVIEW]


class Lenient(yaml.SafeLoader):
    """CloudFormation's tags mean nothing here."""


Lenient.add_multi_constructor("!", lambda _loader, tag, _node: tag)


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("hpc-r7", "changeover-hpc-r7"),
        ("twenty-letters-are-r1", "changeover-twenty-letters-are-r1"),
    ],
)
def test_a_target_group_is_named_after_its_release(release: str, name: str) -> None:
    assert target_group_name(release) == name


@pytest.mark.parametrize("release", ["twenty-two-letters-are", "a" * 128, "ends-in-a-dash-"])
def test_a_name_that_does_not_fit_is_cut_and_stays_unique(release: str) -> None:
    name = target_group_name(release)
    assert len(name) <= LONGEST_NAME
    assert not name.endswith("-")
    assert name != target_group_name(release + "x")
    assert name == target_group_name(release)
