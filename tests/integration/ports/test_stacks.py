"""Stacks, in memory and in CloudFormation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.stacks import CloudFormationStacks
from changeover.errors import Conflict, Unhealthy
from changeover.ports.services import Stacks
from rehearsal.control_plane.hooks import stacks as hook
from tests.support.fakes import FakeStacks

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROLE_ARN = "arn:aws:iam::111122223333:role/deploy"
TEMPLATE = {
    "Parameters": {
        "UserName": {"Type": "String"},
        "UserPassword": {"Type": "String", "NoEcho": True},
        "BaseOS": {"Type": "String", "Default": "amazonlinux2"},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}
DECLARED = {"UserName": False, "UserPassword": False, "BaseOS": True}
GIVEN = {"UserName": "bootstrap-hpc-r2", "UserPassword": "x"}
TAGS = {"changeover:release": "hpc-r2"}


@pytest.fixture
def url(aws: boto3.Session, bucket: str) -> str:
    aws.client("s3").put_object(Bucket=bucket, Key="soca.template", Body=json.dumps(TEMPLATE))
    return f"https://{bucket}.s3.us-east-1.amazonaws.com/soca.template"


@pytest.fixture
def on_aws(aws: boto3.Session) -> CloudFormationStacks:
    return CloudFormationStacks(aws.client("cloudformation"), ROLE_ARN)


@pytest.fixture
def stacks(kind: str, url: str, request: pytest.FixtureRequest) -> Stacks:
    if kind == "memory":
        return FakeStacks(
            templates={url: {"UserName": False, "UserPassword": False, "BaseOS": True}}
        )
    return request.getfixturevalue("on_aws")


def test_a_stack_that_nobody_made_is_none(stacks: Stacks) -> None:
    assert stacks.describe("hpc-r2") is None
    assert stacks.first_failure("hpc-r2") == ""


def test_a_template_tells_which_parameters_it_needs(stacks: Stacks, url: str) -> None:
    assert stacks.declared(url) == DECLARED


def test_a_stack_is_made_with_its_parameters_and_tags(stacks: Stacks, url: str) -> None:
    stacks.create("hpc-r2", url, GIVEN, TAGS)
    made = stacks.describe("hpc-r2")
    assert made is not None
    assert made.name == "hpc-r2"
    assert made.status.startswith("CREATE_")
    assert made.parameters["UserName"] == "bootstrap-hpc-r2"
    assert made.tags == TAGS
    assert stacks.first_failure("hpc-r2") == ""


def test_making_a_stack_again_changes_nothing(stacks: Stacks, url: str) -> None:
    stacks.create("hpc-r2", url, GIVEN, TAGS)
    stacks.create("hpc-r2", url, GIVEN | {"UserName": "other"}, TAGS)
    made = stacks.describe("hpc-r2")
    assert made is not None
    assert made.parameters["UserName"] == "bootstrap-hpc-r2"


def test_a_deleted_stack_is_gone_or_going(stacks: Stacks, url: str) -> None:
    stacks.create("hpc-r2", url, GIVEN, TAGS)
    stacks.delete("hpc-r2")
    stacks.delete("hpc-r2")
    left = stacks.describe("hpc-r2")
    assert left is None or left.status.startswith("DELETE_")


@pytest.fixture
def protecting(stacks: Stacks, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    """Add termination protection for one test with the rehearsal's hook, because moto lacks it."""
    hook.install_protection(partial(monkeypatch.setattr, raising=False))
    return stacks


def protected(stacks: Stacks, name: str) -> bool:
    made = stacks.describe(name)
    assert made is not None
    return made.protected


def test_a_new_stack_is_not_protected(protecting: Stacks, url: str) -> None:
    protecting.create("hpc-r2", url, GIVEN, TAGS)
    assert not protected(protecting, "hpc-r2")


def test_a_protected_stack_cannot_be_deleted(protecting: Stacks, url: str) -> None:
    protecting.create("hpc-r2", url, GIVEN, TAGS)
    for _ in range(2):
        protecting.protect("hpc-r2")
    assert protected(protecting, "hpc-r2")
    with pytest.raises(Conflict, match="hpc-r2.*TerminationProtection"):
        protecting.delete("hpc-r2")
    assert protected(protecting, "hpc-r2")


def test_no_stack_can_be_protected_that_is_not_there(protecting: Stacks) -> None:
    with pytest.raises(Conflict, match="hpc-r2"):
        protecting.protect("hpc-r2")


@dataclass
class History:
    """CloudFormation with prepared answers, because moto's stacks never fail."""

    stacks: CloudFormationStacks
    stubber: Stubber

    def of(self, name: str, *newest_first: dict[str, str]) -> None:
        defaults = {"StackId": name, "EventId": "1", "StackName": name, "Timestamp": NOON}
        events = [defaults | event for event in newest_first]
        self.stubber.add_response(
            "describe_stack_events", {"StackEvents": events}, {"StackName": name}
        )


@pytest.fixture
def history() -> Iterator[History]:
    client = boto3.client("cloudformation")
    with Stubber(client) as stubber:
        yield History(CloudFormationStacks(client, ROLE_ARN), stubber)
        stubber.assert_no_pending_responses()


def event(resource: str, status: str, reason: str = "", **more: str) -> dict[str, str]:
    return {
        "LogicalResourceId": resource,
        "ResourceType": "AWS::EC2::Instance",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    } | more


def test_the_oldest_failure_is_the_cause(history: History) -> None:
    history.of(
        "hpc-r2",
        event("Disk", "DELETE_FAILED", "Still attached"),
        event("hpc-r2", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
        event("Certificate", "CREATE_FAILED", "Resource creation cancelled"),
        event("Scheduler", "CREATE_FAILED", "No subnet has room"),
        event("Disk", "CREATE_FAILED", "Resource creation cancelled"),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Scheduler (AWS::EC2::Instance): No subnet has room"


def test_a_nested_stack_is_asked_for_its_own_failure(history: History) -> None:
    nested = {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "arn:nested"}
    history.of("hpc-r2", event("Network", "CREATE_FAILED", "Embedded stack failed", **nested))
    history.of("arn:nested", event("Gateway", "CREATE_FAILED", "No address left"))
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Gateway (AWS::EC2::Instance): No address left"


def test_a_nested_stack_that_is_gone_leaves_its_parents_words(history: History) -> None:
    nested = {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "arn:nested"}
    history.of("hpc-r2", event("Network", "CREATE_FAILED", "Embedded stack failed", **nested))
    history.stubber.add_client_error("describe_stack_events", "ValidationError")
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Network (AWS::CloudFormation::Stack): Embedded stack failed"


NESTED = "AWS::CloudFormation::Stack"


def nested(resource: str, status: str, arn: str, reason: str = "Embedded stack") -> dict[str, str]:
    return event(resource, status, reason, ResourceType=NESTED, PhysicalResourceId=arn)


def test_a_deletion_fails_for_its_own_reason_and_not_for_that_of_the_creation(
    history: History,
) -> None:
    history.of(
        "hpc-r2",
        event("hpc-r2", "DELETE_FAILED", "The following resource(s) failed to delete: [Logs]."),
        event("Logs", "DELETE_FAILED", "The bucket you tried to delete is not empty"),
        event("hpc-r2", "DELETE_IN_PROGRESS"),
        event("hpc-r2", "ROLLBACK_COMPLETE"),
        event("hpc-r2", "ROLLBACK_IN_PROGRESS"),
        nested("Viewer", "CREATE_FAILED", "arn:viewer"),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Logs (AWS::EC2::Instance): The bucket you tried to delete is not empty"


def test_of_two_deletions_only_the_last_one_is_told(history: History) -> None:
    history.of(
        "hpc-r2",
        event("hpc-r2", "DELETE_FAILED"),
        event("Vault", "DELETE_FAILED", "Backup vault is not empty"),
        event("hpc-r2", "DELETE_IN_PROGRESS"),
        event("hpc-r2", "DELETE_FAILED"),
        event("Role", "DELETE_FAILED", "Cannot delete entity, must detach all policies first"),
        event("hpc-r2", "DELETE_IN_PROGRESS"),
        event("hpc-r2", "CREATE_COMPLETE"),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Vault (AWS::EC2::Instance): Backup vault is not empty"


def test_a_deletion_that_goes_on_has_no_reason_yet(history: History) -> None:
    history.of(
        "hpc-r2",
        event("hpc-r2", "DELETE_IN_PROGRESS"),
        event("hpc-r2", "ROLLBACK_COMPLETE"),
        event("hpc-r2", "ROLLBACK_IN_PROGRESS"),
        event("Scheduler", "CREATE_FAILED", "No subnet has room"),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    assert history.stacks.first_failure("hpc-r2") == ""


def test_an_update_that_was_rolled_back_failed_for_what_came_before_the_way_back(
    history: History,
) -> None:
    history.of(
        "hpc-r2",
        event("hpc-r2", "UPDATE_ROLLBACK_FAILED"),
        event("Scheduler", "UPDATE_FAILED", "Instance is gone"),
        event("hpc-r2", "UPDATE_ROLLBACK_IN_PROGRESS"),
        event("Disk", "UPDATE_FAILED", "Resource update cancelled"),
        event("Scheduler", "UPDATE_FAILED", "The AMI does not exist"),
        event("hpc-r2", "UPDATE_IN_PROGRESS"),
        event("hpc-r2", "CREATE_COMPLETE"),
        event("Gateway", "CREATE_FAILED", "of another day"),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Scheduler (AWS::EC2::Instance): The AMI does not exist"


def test_a_way_back_that_a_person_began_again_has_its_own_reason(history: History) -> None:
    history.of(
        "hpc-r2",
        event("hpc-r2", "UPDATE_ROLLBACK_FAILED"),
        event("Disk", "UPDATE_FAILED", "Still attached"),
        event("hpc-r2", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
        event("hpc-r2", "UPDATE_ROLLBACK_FAILED"),
        event("Scheduler", "UPDATE_FAILED", "Instance is gone"),
        event("hpc-r2", "UPDATE_ROLLBACK_IN_PROGRESS"),
        event("Scheduler", "UPDATE_FAILED", "The AMI does not exist"),
        event("hpc-r2", "UPDATE_IN_PROGRESS"),
    )
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Disk (AWS::EC2::Instance): Still attached"


def test_the_cause_is_found_however_deep_it_is(history: History) -> None:
    """A nested stack that could not be created is deleted in its parent's rollback."""
    history.of(
        "hpc-r2",
        event("hpc-r2", "ROLLBACK_COMPLETE"),
        event("hpc-r2", "ROLLBACK_IN_PROGRESS"),
        event("Storage", "CREATE_FAILED", "Resource creation cancelled", ResourceType=NESTED),
        nested("Viewer", "CREATE_FAILED", "arn:viewer"),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    deleted = {"ResourceType": NESTED, "PhysicalResourceId": "arn:viewer"}
    history.of(
        "arn:viewer",
        event("Viewer-1", "DELETE_COMPLETE", **deleted),
        event("Desktop", "DELETE_FAILED", "of the way back"),
        event("Viewer-1", "DELETE_IN_PROGRESS", **deleted),
        event("Viewer-1", "CREATE_FAILED", **deleted),
        nested("Door", "CREATE_FAILED", "arn:door"),
        event("Viewer-1", "CREATE_IN_PROGRESS", **deleted),
    )
    history.of(
        "arn:door",
        event("Certificate", "CREATE_FAILED", "the function did not answer in time"),
    )
    failure = history.stacks.first_failure("hpc-r2")
    assert failure == "Certificate (AWS::EC2::Instance): the function did not answer in time"


def test_several_causes_are_told_and_what_was_cancelled_for_them_is_not(history: History) -> None:
    reasons = [
        "No subnet has room",
        "The spot request was cancelled by its owner",
        "Denied",
        "Gone",
    ]
    history.of(
        "hpc-r2",
        event("hpc-r2", "ROLLBACK_IN_PROGRESS"),
        event("Later", "CREATE_FAILED", "Resource creation Initiation cancelled"),
        *(event(f"R{n}", "CREATE_FAILED", why) for n, why in reversed([*enumerate(reasons)])),
        event("hpc-r2", "CREATE_IN_PROGRESS"),
    )
    told = [f"R{n} (AWS::EC2::Instance): {why}" for n, why in enumerate(reasons)]
    assert history.stacks.first_failure("hpc-r2") == "; ".join([*told[:3], "and 1 more"])


def test_an_operation_is_followed_over_several_pages(history: History) -> None:
    defaults = {"StackId": "arn:root", "EventId": "1", "StackName": "hpc-r2", "Timestamp": NOON}
    pages = [
        [event("hpc-r2", "DELETE_FAILED")],
        [event("Logs", "DELETE_FAILED", "not empty"), event("hpc-r2", "DELETE_IN_PROGRESS")],
    ]
    for number, page in enumerate(pages):
        asked = {"StackName": "hpc-r2"} | ({"NextToken": str(number)} if number else {})
        following = {"NextToken": str(number + 1)} if page is not pages[-1] else {}
        answer = {"StackEvents": [defaults | each for each in page], **following}
        history.stubber.add_response("describe_stack_events", answer, asked)
    assert history.stacks.first_failure("hpc-r2") == "Logs (AWS::EC2::Instance): not empty"


def test_a_reason_is_not_longer_than_people_read(history: History) -> None:
    history.of("hpc-r2", event("Logs", "CREATE_FAILED", "x" * 4_000))
    assert len(history.stacks.first_failure("hpc-r2")) < 500


def test_a_hidden_parameter_is_not_told(history: History, url: str) -> None:
    parameters = {"UserName": "bootstrap-hpc-r2", "UserPassword": "****"}
    known = {
        "StackName": "hpc-r2",
        "CreationTime": NOON,
        "StackStatus": "CREATE_COMPLETE",
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    }
    history.stubber.add_response("describe_stacks", {"Stacks": [known]}, {"StackName": "hpc-r2"})
    fake = FakeStacks(templates={url: dict(DECLARED)})
    fake.create("hpc-r2", url, GIVEN, TAGS)
    for stacks in (history.stacks, fake):
        made = stacks.describe("hpc-r2")
        assert made is not None
        assert made.parameters == {"UserName": "bootstrap-hpc-r2"}


def test_a_candidate_that_cloudformation_refuses_is_unhealthy(history: History) -> None:
    history.stubber.add_client_error("create_stack", "ValidationError", "[Key] must have values")
    with pytest.raises(Unhealthy, match=r"hpc-r2.*\[Key\] must have values"):
        history.stacks.create("hpc-r2", "https://evidence/soca.template", {}, {})


def test_a_stack_is_made_with_the_deploy_role_and_undone_when_it_fails(history: History) -> None:
    history.stubber.add_response(
        "create_stack",
        {"StackId": "arn:hpc-r2"},
        {
            "StackName": "hpc-r2",
            "TemplateURL": "https://evidence/soca.template",
            "Parameters": [{"ParameterKey": "BaseOS", "ParameterValue": "amazonlinux2"}],
            "Tags": [{"Key": "changeover:release", "Value": "hpc-r2"}],
            "RoleARN": ROLE_ARN,
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            "ClientRequestToken": "hpc-r2",
            "DisableRollback": False,
        },
    )
    parameters = {"BaseOS": "amazonlinux2"}
    history.stacks.create("hpc-r2", "https://evidence/soca.template", parameters, TAGS)
