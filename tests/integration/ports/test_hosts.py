"""Scheduler hosts: found in memory and in EC2; commands as SSM answers (from a stub)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from changeover.adapters.error_output import LONGEST, SPEAKERS
from changeover.adapters.hosts import DELIVERY_SECONDS, POLLING, SECONDS, SsmHosts
from changeover.adapters.polling import Polling
from changeover.errors import ChangeoverError, Conflict, Transient, Unhealthy
from changeover.ports.services import Hosts
from changeover.soca.dialect import SOCA_2_6
from tests.integration.scheduler_hosts import DOCUMENTS
from tests.support.fakes import FakeHosts

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

HOST = "i-0123456789abcdef0"
PREFIX = "changeover-hpc-"
COMMAND = "11111111-2222-3333-4444-555555555555"
LOOK = {"CommandId": COMMAND, "InstanceId": HOST}
IMPATIENT = Polling(0, 0, 30)


SCHEDULER = SOCA_2_6.scheduler_tags("soca-hpc-r1")


@dataclass
class Fleet:
    ec2: "EC2Client"
    image: str

    def start(self, cluster_id: str, node_type: str = "scheduler") -> str:
        tags = {"soca:ClusterId": cluster_id, "soca:NodeType": node_type}
        dialect = [{"Key": key, "Value": value} for key, value in tags.items()]
        started = self.ec2.run_instances(
            ImageId=self.image,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": dialect}],
        )
        return started["Instances"][0]["InstanceId"]


@pytest.fixture
def fleet(aws: boto3.Session, image: str) -> Fleet:
    return Fleet(aws.client("ec2"), image)


@pytest.fixture
def on_aws(aws: boto3.Session) -> SsmHosts:
    return SsmHosts(aws.client("ec2"), aws.client("ssm"), PREFIX)


def test_a_cluster_without_a_scheduler_has_none(on_aws: SsmHosts) -> None:
    for hosts in (on_aws, FakeHosts()):
        assert hosts.find(SCHEDULER) is None


def test_the_scheduler_is_found_by_its_cluster(fleet: Fleet, on_aws: SsmHosts) -> None:
    one, other = fleet.start("soca-hpc-r1"), fleet.start("soca-hpc-r10")
    fleet.start("soca-hpc-r1", node_type="dcv")
    fake = FakeHosts(schedulers={"soca-hpc-r1": [one], "soca-hpc-r10": [other]})
    for hosts in (on_aws, fake):
        assert hosts.find(SCHEDULER) == one


def test_two_schedulers_of_one_cluster_are_a_conflict(fleet: Fleet, on_aws: SsmHosts) -> None:
    both = [fleet.start("soca-hpc-r1") for _ in range(2)]
    for hosts in (on_aws, FakeHosts(schedulers={"soca-hpc-r1": both})):
        with pytest.raises(Conflict, match="soca-hpc-r1"):
            hosts.find(SCHEDULER)


def test_a_scheduler_that_does_not_run_is_not_found(fleet: Fleet, on_aws: SsmHosts) -> None:
    fleet.ec2.stop_instances(InstanceIds=[fleet.start("soca-hpc-r1")])
    assert on_aws.find(SCHEDULER) is None


def test_a_host_bears_the_mark_of_its_cluster(fleet: Fleet, on_aws: SsmHosts) -> None:
    one, other = fleet.start("soca-hpc-r1"), fleet.start("soca-hpc-r2")
    for hosts in (on_aws, FakeHosts()):
        assert hosts.cluster_of(one) == ""
        for _ in range(2):
            hosts.mark(one, "hpc")
            assert (hosts.cluster_of(one), hosts.cluster_of(other)) == ("hpc", "")
    assert on_aws.find(SCHEDULER) == one


def test_a_host_that_is_gone_has_no_mark(on_aws: SsmHosts) -> None:
    for hosts in (on_aws, FakeHosts()):
        assert hosts.cluster_of(HOST) == ""


@dataclass
class Ssm:
    """SSM with prepared answers. Each sent command has the ID COMMAND."""

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
        yield Ssm(SsmHosts(boto3.client("ec2"), client, PREFIX, IMPATIENT), stubber)
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


def failure(ssm: Ssm, document: str, stderr: str, details: str = "") -> str:
    ssm.takes(document.replace("_", "-"))
    ssm.shows("Failed", stderr=stderr, details=details)
    with pytest.raises(Unhealthy) as failed:
        ssm.hosts.run(HOST, document)
    return str(failed.value)


REFUSED = """\
slapadd: dn="cn=proj,ou=Group,dc=soca,dc=local" (line=81): (65) invalid structural object class \
chain (groupOfNames/posixGroup)
import_identities: slapadd refuses the LDIF: see its error; the old database stays
failed to run commands: exit status 1"""


def test_the_lines_that_say_why_come_along(ssm: Ssm) -> None:
    assert failure(ssm, "import_identities", REFUSED) == (
        f"import_identities on {HOST} failed: import_identities: slapadd refuses the LDIF: see its"
        ' error; the old database stays (slapadd: dn="cn=proj,ou=Group,dc=soca,dc=local" (line=81):'
        " (65) invalid structural object class chain (groupOfNames/posixGroup))"
    )


def test_a_line_that_says_nothing_is_left_out_and_none_comes_twice(ssm: Ssm) -> None:
    stderr = (
        "gzip: stdin: unexpected end of file\n\n"
        "apply_delta: a step failed: see its error, fix it and try again\n"
        "gzip: stdin: unexpected end of file\n"
        "apply_delta: cannot read s3://evidence/releases/x: see the error\n"
    )
    told = failure(ssm, "apply_delta", stderr)
    assert told.endswith("see the error (gzip: stdin: unexpected end of file)")


def test_a_command_whose_time_was_over_says_so_besides(ssm: Ssm) -> None:
    told = failure(ssm, "apply_delta", "ldapmodify: waits", details="ExecutionTimedOut")
    assert told.endswith("failed: ExecutionTimedOut: ldapmodify: waits")


def test_reasons_are_a_few_hundred_characters_and_the_last_ones_count(ssm: Ssm) -> None:
    lines = [f"slapcat: warning {n} {'x' * 80}" for n in range(90)]
    told = failure(ssm, "export_identities", "\n".join([*lines, "export_identities: no entry"]))
    assert "export_identities: no entry (" in told
    assert "warning 89" in told
    assert "warning 3 " not in told
    assert len(told) < LONGEST + 100


HASH = "{SSHA}Q4bJ8vN0zTqR2mXw5LkYp7sHdFgC1aEu"
CODED = "e1NTSEF9UTRiSjh2TjB6VHFSMm1YdzVMa1lwN3NIZEZnQzFhRXU="
PLACES = [
    f"userPassword: {HASH}",
    f"userPassword:: {CODED}",
    "userPassword: Autumn_2021",
    "description: Autumn_2021",
    "description;lang-en: Autumn_2021",
    "- userPassword: Autumn_2021",
    f"ldif_parse_line: missing ':' after {CODED}",
    f'ldapmodify: invalid format (line 5) entry: "{HASH}"',
    f"  {CODED}",
    " Autumn_2021",
    "    additional info: userPassword: Autumn_2021",
    f"str2entry: str2ad({HASH}): attribute type undefined",
    f"<= str2entry NULL ({CODED})",
    f"value {HASH} is not unique",
    "crypt $6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKRVQAr/36eYaUbGmZLXd",
    "olcRootPW: Autumn_2021",
    "sambaNTPassword: 8846F7EAEE8FB117AD06BDD830B7586C",
    "sshPublicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8vN0zTqR2mXw5LkYp7sHdFgC1aEu0000",
]
VALUES = ("Autumn_2021", HASH[6:20], CODED[:12], "D4IrlXatm", "8846F7", "AAAAC3")


@pytest.mark.parametrize("line", PLACES)
def test_no_value_comes_along(ssm: Ssm, line: str) -> None:
    told = failure(ssm, "import_identities", f"{line}\nslapadd: refused\n{line}")
    assert not [value for value in VALUES if value in told]
    assert "slapadd: refused" in told


@pytest.mark.parametrize(
    "line",
    [
        "ldap_modify: Object class violation (65)",
        "\tadditional info: attribute 'noSuch' not allowed",
        "\tadditional info: userPassword: value #0 invalid per syntax",
        'slapadd: could not add entry dn="uid=mary,ou=People,dc=soca,dc=local" (line=12): txn',
        "<= str2entry NULL (smr_normalize description 21)",
        "An error occurred (NoSuchBucket) when calling the PutObject operation: none",
        "tee: /var/lib/changeover/scratch/import.ldif: No space left on device",
        "export_identities: /var/lib/ldap has 10 bytes free, and 20 are needed: make room there",
        "cannot read s3://evidence/releases/hpc-r2/image-ami-0123456789abcdef0/import.ldif.gz",
        "/bin/bash: line 12: restorecon: command not found",
        "Job for slapd.service failed because the control process exited with error code.",
        "cannot set olcReadOnly of olcDatabase={1}mdb,cn=config to TRUE: let root manage cn=config",
    ],
)
def test_what_tools_say_of_names_is_shown_whole(ssm: Ssm, line: str) -> None:
    told = failure(ssm, "import_identities", f"{line}\nimport_identities: it failed")
    assert line.strip() in told


def test_every_tool_that_a_document_calls_may_speak() -> None:
    called = {
        tool
        for path in DOCUMENTS.glob("*.yaml")
        for tools in re.findall(r"for tool in ((?:[^;]|\\\n)+); do", path.read_text())
        for tool in tools.replace("\\\n", " ").split()
    }
    assert called | {path.stem for path in DOCUMENTS.glob("*.yaml")} <= SPEAKERS


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
    hosts = SsmHosts(boto3.client("ec2"), client, PREFIX, Polling(0, 0, 0))
    with Stubber(client) as stubber:
        ssm = Ssm(hosts, stubber)
        ssm.takes("thaw-directory")
        ssm.shows("InProgress")
        stubber.add_response("cancel_command", {}, {"CommandId": COMMAND, "InstanceIds": [HOST]})
        with pytest.raises(Unhealthy, match="did not end within 0 s and was canceled"):
            hosts.run(HOST, "thaw_directory")
        stubber.assert_no_pending_responses()


def test_a_long_document_has_longer_than_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("ssm")
    hosts = SsmHosts(boto3.client("ec2"), client, PREFIX, Polling(0, 0, 0))
    monkeypatch.setitem(SECONDS, "import_identities", 5)
    with Stubber(client) as stubber:
        ssm = Ssm(hosts, stubber)
        ssm.takes("import-identities")
        ssm.shows("InProgress")
        ssm.shows("Success", stdout='{"entries": 12}')
        assert hosts.run(HOST, "import_identities") == {"entries": 12}
        stubber.assert_no_pending_responses()


def test_a_command_may_wait_for_what_those_before_it_have_left_and_no_longer() -> None:
    """A very short time here, instead of the 330 seconds that the document may have."""
    client = boto3.client("ssm")
    ec2 = boto3.client("ec2")
    hosts = SsmHosts(ec2, client, PREFIX, Polling(0, 0, 30, lambda: 1e-9))
    with Stubber(client) as stubber:
        ssm = Ssm(hosts, stubber)
        ssm.takes("freeze-directory")
        ssm.shows("InProgress")
        stubber.add_response("cancel_command", {}, {"CommandId": COMMAND, "InstanceIds": [HOST]})
        with pytest.raises(Unhealthy, match="did not end within 0 s and was canceled"):
            hosts.run(HOST, "freeze_directory")
        stubber.assert_no_pending_responses()


def test_a_command_for_which_no_time_is_left_is_not_begun() -> None:
    client = boto3.client("ssm")
    hosts = SsmHosts(boto3.client("ec2"), client, PREFIX, Polling(0, 0, 30, lambda: -1.0))
    with Stubber(client), pytest.raises(Unhealthy, match="was not started: earlier commands"):
        hosts.run(HOST, "freeze_directory")


def test_a_document_that_hangs_leaves_its_function_time_to_say_so() -> None:
    longest_function_seconds = 900
    waits = {POLLING.total_seconds, *SECONDS.values()}
    assert max(waits) + DELIVERY_SECONDS < longest_function_seconds
