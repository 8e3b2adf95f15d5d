"""An installed stack can be updated to these templates: nothing in them cannot be changed or moved.

CloudFormation creates new resources first and deletes old ones last. A resource with a name, or a
part of another resource, can therefore not move between stacks. docs/decisions.md has the reasons.
"""

import pytest

from tests.support.templates import ROOT, TEMPLATES, of_type, template


def test_rules_can_be_created_while_those_of_an_installed_stack_still_exist() -> None:
    """0.1.0 had them in the root. A stack update creates first and deletes last."""
    resources = template(ROOT / "prerequisites/events.yaml")["Resources"].values()
    assert {each["Type"] for each in resources} == {"AWS::Events::Rule", "AWS::Lambda::Permission"}
    assert not [each for each in resources if "Name" in each["Properties"]]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MissedEvents", "AWS::SQS::Queue"),
        ("MissedEventsPolicy", "AWS::SQS::QueuePolicy"),
        ("MissedEventsAlarm", "AWS::CloudWatch::Alarm"),
    ],
)
def test_what_an_update_cannot_move_keeps_its_place(name: str, kind: str) -> None:
    """Queue and alarm have names. Deleting the old queue policy would also remove a new one."""
    assert name in of_type(kind)


# CloudFormation replaces a policy whose description changes, and cannot replace one with a name.
DESCRIPTIONS = {
    "changeover-${ClusterName}-scheduler-host": "What a scheduler of cluster ${ClusterName}"
    " needs so that Changeover can move its identities",
    "changeover-${ClusterName}-release-boundary": "Bounds every role that a release of cluster"
    " ${ClusterName} makes",
}


def test_a_policy_with_a_name_keeps_its_description() -> None:
    found = {
        policy["ManagedPolicyName"]["Fn::Sub"]: policy["Description"]["Fn::Sub"]
        for path in TEMPLATES
        for policy in of_type("AWS::IAM::ManagedPolicy", template(path)).values()
        if "ManagedPolicyName" in policy
    }
    assert found == DESCRIPTIONS
