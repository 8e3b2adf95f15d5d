"""Sets the stage: an account with the app deployed and one release adopted as live."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from changeover.configuration import ClusterConfiguration
from rehearsal import installed
from rehearsal.control_plane.client import ControlPlane
from rehearsal.control_plane.deploy import deploy
from rehearsal.control_plane.endpoints import CREDENTIALS
from rehearsal.directory import BOOTSTRAP
from rehearsal.front_door import FrontDoor
from rehearsal.host.supervisor import Supervisor
from rehearsal.load import Load
from rehearsal.people import People
from rehearsal.scenario import Scenario
from rehearsal.sources import sources
from rehearsal.vendor_release import CUSTOMISATIONS

CLUSTER = "hpc"
IMAGE_ARN = "arn:aws:imagebuilder:us-east-1:123456789012:image/hpc-scheduler"
_PARAMETER = f"/changeover/{CLUSTER}"
LIVE = f"{CLUSTER}-r1"
CANDIDATE = f"{CLUSTER}-r2"
_ROOT = Path(__file__).parents[1]
_READY_SECONDS = 30


class StageError(RuntimeError):
    """The stage could not be set; the rehearsal has not begun."""


class Stage:
    """Everything that runs before, during and after the upgrade, as one context.

    `aws` is the control plane, `outputs` those of the deployed app, `front_door` has the URLs.
    """

    def __init__(
        self, work: Path, scenario: Scenario, people: People, note: Callable[[str], None]
    ) -> None:
        self.work = work
        self.inbox = work / "inbox"
        self.traffic = work / "traffic.jsonl"
        self._scenario = scenario
        self._people = people
        self._note = note
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._running = starting
            self._set()
            self._running = starting.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.__exit__(kind, error, trace)

    def _set(self) -> None:
        self._note("starting the control plane")
        fail_stacks = [CANDIDATE] if self._scenario.stack_fails else []
        self.aws = self._running.enter_context(ControlPlane(self.work, fail_stacks))
        self._note("deploying template.yaml")
        port = _free_port()
        self.outputs = deploy(_ROOT / "template.yaml", self._parameters(port), self.aws)
        self._configure()
        self._note(f"bringing {LIVE} up with {len(self._people.passwords)} known passwords")
        self._running.enter_context(self._hosts())
        self._deploy_live()
        self.front_door = self._running.enter_context(self._door(port))
        self._note("adopting it as live")
        self.adopted = self.invoke(
            self.outputs["AdoptReleaseFunctionName"],
            {"stack": LIVE, "leave_out": [BOOTSTRAP]},
        )
        self._running.enter_context(self._users())

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call a deployed function as the console's test button does. Raises StageError."""
        answer = self.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        payload: dict[str, Any] = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise StageError(f"{function}: {payload.get('errorType')}: {payload['errorMessage']}")
        return payload

    def how_to_look_around(self) -> list[str]:
        """Commands for another terminal, while everything keeps running."""
        variables = " ".join(f"{k}={v}" for k, v in CREDENTIALS.items())
        aws = f"{_ROOT}/.venv/bin/aws --endpoint-url {self.aws.endpoint} stepfunctions"
        machine = f"--state-machine-arn {self.outputs['UpgradeStateMachineArn']}"
        return [
            f"front door {self.front_door.url}, preview {self.front_door.preview_url}",
            f"hosts, logs and mails are in {self.work}",
            f"export {variables}",
            f"{aws} list-executions {machine}",
            f"{aws} get-execution-history --execution-arn ARN",
            f"{aws} start-execution {machine} --input '{{}}'",
        ]

    def _parameters(self, port: int) -> dict[str, str]:
        """What an operator would type: the network is the account's default one."""
        ec2, acm = self.aws.client("ec2"), self.aws.client("acm")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        subnets = ",".join(s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:3])
        groups = {
            name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
            for name in ("schedulers", "compute")
        }
        ec2.create_key_pair(KeyName="hpc")
        certificate = acm.request_certificate(DomainName="localhost")["CertificateArn"]
        return {
            "ClusterName": CLUSTER,
            "ApproverEmail": "approver@hpc.example",
            "FrontDoorHostName": "localhost",
            "FrontDoorUrl": f"http://127.0.0.1:{port}",
            "CertificateArn": certificate,
            "FrontDoorSubnets": subnets,
            "VpcId": vpc,
            "PublicSubnets": subnets,
            "PrivateSubnets": subnets,
            "SchedulerSecurityGroup": groups["schedulers"],
            "ComputeSecurityGroup": groups["compute"],
            "AppsFileSystem": "fs-0a.efs.us-east-1.amazonaws.com",
            "DataFileSystem": "fs-0d.efs.us-east-1.amazonaws.com",
            "NatPublicIp": "192.0.2.1",
            "SSHKeyPair": "hpc",
            "Customisations": CUSTOMISATIONS,
            "ImageArnPrefix": f"{IMAGE_ARN}/",
        }

    def _configure(self) -> None:
        """What an operator does after deploying: sources, probe account, this site's settings."""
        s3, bucket = self.aws.client("s3"), self.outputs["EvidenceBucketName"]
        for key, content in sources(self.work, later=self._scenario.later_release).items():
            s3.put_object(Bucket=bucket, Key=key, Body=content)
        probe = {
            "username": self._people.probe,
            "password": self._people.passwords[self._people.probe],
        }
        self.aws.client("secretsmanager").put_secret_value(
            SecretId=self.outputs["ProbeSecretName"], SecretString=json.dumps(probe)
        )
        configuration = self._configuration().model_dump(mode="json")
        for part, settings in self._scenario.configuration().items():
            configuration[part] |= settings
        self.aws.client("ssm").put_parameter(
            Name=_PARAMETER, Value=json.dumps(configuration), Type="String", Overwrite=True
        )

    def _configuration(self) -> ClusterConfiguration:
        """As the template wrote it, or as it was changed since."""
        parameter = self.aws.client("ssm").get_parameter(Name=_PARAMETER)["Parameter"]
        return ClusterConfiguration.model_validate_json(parameter["Value"])

    def _hosts(self) -> Supervisor:
        return Supervisor(
            self.work,
            self.aws.endpoint,
            ready_after=1.0,
            faults={
                LIVE: self._scenario.live_faults,
                CANDIDATE: self._scenario.candidate_faults,
            },
            seeds={LIVE: self._people.tree},
        )

    def _deploy_live(self) -> None:
        """The release that was installed by hand, long ago."""
        installed.install(self.aws, self.outputs["EvidenceBucketName"], self._configuration(), LIVE)
        deadline = time.monotonic() + _READY_SECONDS
        while not any((self.work / "hosts").glob("*/etc/motd")):
            if time.monotonic() > deadline:
                raise StageError(f"{LIVE} did not get ready; see {self.work}/hosts/*.log")
            time.sleep(0.1)

    def _door(self, port: int) -> FrontDoor:
        return FrontDoor(
            self.work,
            self.aws.environment,
            self.outputs["UsersListenerArn"],
            self.outputs["PreviewListenerArn"],
            port=port,
        )

    def _users(self) -> Load:
        credentials = self.work / "credentials.json"
        # Those who change their password during the upgrade are not those who browse meanwhile.
        browsing = dict(list(self._people.passwords.items())[:20])
        credentials.write_text(json.dumps(browsing))
        return Load(self.front_door.url, credentials, self.traffic)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
