"""Scheduler hosts: found in memory and in EC2; commands as SSM answers (from a stub)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.hosts import DELIVERY_SECONDS, PATIENCE, SECONDS, ManagedHosts
from changeover.adapters.patience import Patience
from changeover.dialect import SOCA_2_6
from changeover.errors import ChangeoverError, Conflict, Transient, Unhealthy
from changeover.ports import Hosts
from tests.fakes import FakeHosts

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

HOST = "i-0123456789abcdef0"
PREFIX = "changeover-hpc-"
COMMAND = "11111111-2222-3333-4444-555555555555"
LOOK = {"CommandId": COMMAND, "InstanceId": HOST}
IMPATIENT = Patience(0, 0, 30)


SCHEDULER = SOCA_2_6.scheduler_tags("soca-hpc-r1")


@dataclass
class Fleet:
    ec2: "EC2Client"
    image: str

    def start(self, cluster_id: str, node_type: str = "scheduler") -> str:
        tags = {"soca:ClusterId": cluster_id, "soca:NodeType": node_type}
        spoken = [{"Key": key, "Value": value} for key, value in tags.items()]
        started = self.ec2.run_instances(
            ImageId=self.image,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": spoken}],
        )
        return started["Instances"][0]["InstanceId"]


@pytest.fixture
def fleet(aws: boto3.Session, image: str) -> Fleet:
    return Fleet(aws.client("ec2"), image)


@pytest.fixture
def on_aws(aws: boto3.Session) -> ManagedHosts:
    return ManagedHosts(aws.client("ec2"), aws.client("ssm"), PREFIX)


def test_a_cluster_without_a_scheduler_has_none(on_aws: ManagedHosts) -> None:
    for hosts in (on_aws, FakeHosts()):
        assert hosts.find(SCHEDULER) is None


def test_the_scheduler_is_found_by_its_cluster(fleet: Fleet, on_aws: ManagedHosts) -> None:
    one, other = fleet.start("soca-hpc-r1"), fleet.start("soca-hpc-r10")
    fleet.start("soca-hpc-r1", node_type="dcv")
    fake = FakeHosts(schedulers={"soca-hpc-r1": [one], "soca-hpc-r10": [other]})
    for hosts in (on_aws, fake):
        assert hosts.find(SCHEDULER) == one


def test_two_schedulers_of_one_cluster_are_a_conflict(fleet: Fleet, on_aws: ManagedHosts) -> None:
    both = [fleet.start("soca-hpc-r1") for _ in range(2)]
    for hosts in (on_aws, FakeHosts(schedulers={"soca-hpc-r1": both})):
        with pytest.raises(Conflict, match="soca-hpc-r1"):
            hosts.find(SCHEDULER)


def test_a_scheduler_that_does_not_run_is_not_found(fleet: Fleet, on_aws: ManagedHosts) -> None:
    fleet.ec2.stop_instances(InstanceIds=[fleet.start("soca-hpc-r1")])
    assert on_aws.find(SCHEDULER) is None


@dataclass
class Ssm:
    """SSM that answers what it is told to; a command that is sent has the id COMMAND."""

    hosts: Hosts
    stubber: Stubber

    def takes(self, document: str, **parameters: str) -> None:
        asked = {
            "InstanceIds": [HOST],
            "DocumentName": PREFIX + document,
            "DocumentVersion": "$LATEST",
            "Parameters": {name: [value] for name, value in parameters.items()},
            "TimeoutSeconds": 60,
        }
        sent = {"Command": {"CommandId": COMMAND}}
        self.stubber.add_response("send_command", sent, asked)

    def shows(self, status: str, stdout: str = "", stderr: str = "", details: str = "") -> None:
        seen = {
            "Status": status,
            "StatusDetails": details or status,
            "StandardOutputContent": stdout,
            "StandardErrorContent": stderr,
        }
        self.stubber.add_response("get_command_invocation", seen, LOOK)

    def fails_to_show(self, code: str, status: int = 400) -> None:
        self.stubber.add_client_error("get_command_invocation", code, http_status_code=status)


@pytest.fixture
def ssm() -> Iterator[Ssm]:
    client = boto3.client("ssm")
    with Stubber(client) as stubber:
        yield Ssm(ManagedHosts(boto3.client("ec2"), client, PREFIX, IMPATIENT), stubber)
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(("ping", "reachable"), [("Online", True), ("ConnectionLost", False)])
def test_a_host_is_reachable_while_its_agent_answers(
    ssm: Ssm,
    ping: str,
    reachable: bool,
) -> None:
    known = {"InstanceInformationList": [{"InstanceId": HOST, "PingStatus": ping}]}
    asked = {"Filters": [{"Key": "InstanceIds", "Values": [HOST]}]}
    ssm.stubber.add_response("describe_instance_information", known, asked)
    assert ssm.hosts.reachable(HOST) is reachable


def test_a_host_without_an_agent_is_not_reachable(ssm: Ssm) -> None:
    ssm.stubber.add_response("describe_instance_information", {"InstanceInformationList": []})
    assert not ssm.hosts.reachable(HOST)


def test_a_document_answers_with_its_last_line(ssm: Ssm) -> None:
    ssm.takes("export-identities", Destination="s3://evidence/a", KmsKeyArn="arn:key")
    ssm.shows("Success", stdout='exporting\n{"entries": 12}\n\n')
    answer = ssm.hosts.run(
        HOST, "export_identities", Destination="s3://evidence/a", KmsKeyArn="arn:key"
    )
    assert answer == {"entries": 12}


def test_a_command_is_awaited(ssm: Ssm) -> None:
    ssm.takes("read-marker")
    ssm.fails_to_show("InvocationDoesNotExist")
    for status in ("Pending", "InProgress", "Delayed"):
        ssm.shows(status)
    ssm.shows("Success", stdout='{"marker": ""}')
    assert ssm.hosts.run(HOST, "read_marker") == {"marker": ""}


def test_a_busy_moment_does_not_send_the_command_again(ssm: Ssm) -> None:
    ssm.takes("read-marker")
    ssm.fails_to_show("ThrottlingException")
    ssm.fails_to_show("InternalServerError", status=500)
    ssm.shows("Success", stdout='{"marker": ""}')
    assert ssm.hosts.run(HOST, "read_marker") == {"marker": ""}


def test_a_document_that_fails_is_quoted(ssm: Ssm) -> None:
    ssm.takes("freeze-directory")
    stderr = "looking\nslapd does not run: start it\n\nfailed to run commands: exit status 1"
    ssm.shows("Failed", stderr=stderr)
    with pytest.raises(Unhealthy, match=f"freeze_directory on {HOST} failed: slapd does not run"):
        ssm.hosts.run(HOST, "freeze_directory")


@pytest.mark.parametrize("stdout", ["", "done", "[1]", '{"entries": 12}\ndone'])
def test_a_document_that_says_no_json_is_unhealthy(ssm: Ssm, stdout: str) -> None:
    ssm.takes("read-marker")
    ssm.shows("Success", stdout=stdout)
    with pytest.raises(Unhealthy, match="JSON"):
        ssm.hosts.run(HOST, "read_marker")


@pytest.mark.parametrize(
    ("details", "error"),
    [
        ("DeliveryTimedOut", Transient),
        ("Delivery Timed Out", Transient),
        ("Undeliverable", Transient),
        ("ExecutionTimedOut", Unhealthy),
    ],
)
def test_only_a_command_that_was_not_delivered_may_be_sent_again(
    ssm: Ssm, details: str, error: type[ChangeoverError]
) -> None:
    ssm.takes("import-identities")
    ssm.shows("TimedOut", details=details)
    with pytest.raises(error, match=HOST):
        ssm.hosts.run(HOST, "import_identities")


def test_an_agent_that_is_not_registered_may_be_in_a_moment(ssm: Ssm) -> None:
    ssm.stubber.add_client_error("send_command", "InvalidInstanceId")
    with pytest.raises(Transient, match=HOST):
        ssm.hosts.run(HOST, "read_marker")


def test_a_command_that_never_ends_is_cancelled() -> None:
    client = boto3.client("ssm")
    hosts = ManagedHosts(boto3.client("ec2"), client, PREFIX, Patience(0, 0, 0))
    with Stubber(client) as stubber:
        ssm = Ssm(hosts, stubber)
        ssm.takes("thaw-directory")
        ssm.shows("InProgress")
        stubber.add_response("cancel_command", {}, {"CommandId": COMMAND, "InstanceIds": [HOST]})
        with pytest.raises(Unhealthy, match="did not end within 0 s and was cancelled"):
            hosts.run(HOST, "thaw_directory")
        stubber.assert_no_pending_responses()


def test_a_long_document_has_longer_than_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("ssm")
    hosts = ManagedHosts(boto3.client("ec2"), client, PREFIX, Patience(0, 0, 0))
    monkeypatch.setitem(SECONDS, "import_identities", 5)
    with Stubber(client) as stubber:
        ssm = Ssm(hosts, stubber)
        ssm.takes("import-identities")
        ssm.shows("InProgress")
        ssm.shows("Success", stdout='{"entries": 12}')
        assert hosts.run(HOST, "import_identities") == {"entries": 12}
        stubber.assert_no_pending_responses()


def test_a_document_that_hangs_leaves_its_function_time_to_say_so() -> None:
    longest_function_seconds = 900
    waits = {PATIENCE.total_seconds, *SECONDS.values()}
    assert max(waits) + DELIVERY_SECONDS < longest_function_seconds
