"""Scheduler hosts: found in EC2 by SOCA's tags, with commands run by SSM documents only."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from changeover.adapters.aws_errors import ignoring, translated, translation, when
from changeover.adapters.error_output import reasons
from changeover.adapters.polling import Polling
from changeover.errors import ChangeoverError, Conflict, Transient, Unhealthy

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import GetCommandInvocationResultTypeDef as Invocation

CLUSTER_TAG = "changeover:cluster"
DELIVERY_SECONDS = 60
# Longest time per document. A document that hangs must leave time for the function's others.
SECONDS = {
    "import_identities": 540,
    "export_identities": 330,
    "freeze_directory": 330,
    "apply_delta": 330,
}
POLLING = Polling(first_seconds=0.05, longest_seconds=2, total_seconds=150)
ENDED = frozenset({"Success", "Failed", "TimedOut", "Cancelled"})
UNDELIVERED = frozenset({"DeliveryTimedOut", "Undeliverable"})


@translated
class SsmHosts:
    def __init__(
        self,
        ec2: "EC2Client",
        ssm: "SSMClient",
        document_prefix: str,
        polling: Polling = POLLING,
    ) -> None:
        self._ec2 = ec2
        self._ssm = ssm
        self._document_prefix = document_prefix
        self._polling = polling

    def find(self, tags: Mapping[str, str]) -> str | None:
        wanted = {"instance-state-name": "running"}
        wanted |= {f"tag:{name}": value for name, value in tags.items()}
        filters: list[FilterTypeDef] = [
            {"Name": name, "Values": [value]} for name, value in wanted.items()
        ]
        pages = self._ec2.get_paginator("describe_instances").paginate(Filters=filters)
        found = [
            instance["InstanceId"]
            for page in pages
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]
        if len(found) > 1:
            known = " ".join(f"{name}={value}" for name, value in tags.items())
            raise Conflict(
                f"{known}: several running schedulers have these tags: {', '.join(found)}. Stop all"
                " but one"
            )
        return found[0] if found else None

    def reachable(self, instance: str) -> bool:
        known = self._ssm.describe_instance_information(
            Filters=[{"Key": "InstanceIds", "Values": [instance]}]
        )
        return any(one["PingStatus"] == "Online" for one in known["InstanceInformationList"])

    def cluster_of(self, instance: str) -> str:
        wanted: list[FilterTypeDef] = [{"Name": "instance-id", "Values": [instance]}]
        pages = self._ec2.get_paginator("describe_instances").paginate(Filters=wanted)
        tags = {
            tag["Key"]: tag["Value"]
            for page in pages
            for reservation in page["Reservations"]
            for found in reservation["Instances"]
            for tag in found.get("Tags", [])
        }
        return tags.get(CLUSTER_TAG, "")

    def mark(self, instance: str, cluster: str) -> None:
        self._ec2.create_tags(Resources=[instance], Tags=[{"Key": CLUSTER_TAG, "Value": cluster}])

    def run(self, instance: str, document: str, **parameters: str) -> dict[str, Any]:
        """See the port. Raises Transient if SSM could not deliver the command to the host.

        All commands of one invocation share its deadline. Raises Unhealthy after the deadline.
        """
        if self._polling.left() <= 0:
            raise Unhealthy(
                f"{document} on {instance} was not started: earlier commands used all the time of"
                " this step. Look in Run Command which of them was slow"
            )
        command = self._send(instance, document, parameters)
        ended = self._await(instance, document, command)
        if ended["Status"] != "Success":
            raise _failure(instance, document, ended)
        return _answer(instance, document, ended["StandardOutputContent"])

    def _send(self, instance: str, document: str, parameters: dict[str, str]) -> str:
        away = f"the SSM agent of {instance} is not registered"
        with when("InvalidInstanceId", then=Transient, says=away):
            sent = self._ssm.send_command(
                InstanceIds=[instance],
                DocumentName=self._document_prefix + document.replace("_", "-"),
                # The version of this deployment. CloudFormation may not update the default version:
                # issue 2539 of aws-cloudformation/cloudformation-coverage-roadmap.
                DocumentVersion="$LATEST",
                Parameters={name: [value] for name, value in parameters.items()},
                TimeoutSeconds=DELIVERY_SECONDS,
            )
        return sent["Command"]["CommandId"]

    def _await(self, instance: str, document: str, command: str) -> "Invocation":
        longest = SECONDS.get(document, self._polling.total_seconds)
        polling = replace(self._polling, total_seconds=longest)
        seconds = polling.bounded_seconds
        for _ in polling.attempts():
            seen = self._look(instance, command)
            if seen and seen["Status"] in ENDED:
                return seen
        with ignoring("InvalidCommandId"):
            self._ssm.cancel_command(CommandId=command, InstanceIds=[instance])
        raise Unhealthy(
            f"{document} on {instance} did not end within {seconds:.0f} s and was canceled"
        )

    def _look(self, instance: str, command: str) -> "Invocation | None":
        """Return the invocation. None right after SendCommand, and None while SSM is busy.

        A Transient error would make the state machine send the command a second time while the
        first one still runs.
        """
        try:
            with ignoring("InvocationDoesNotExist"):
                return self._ssm.get_command_invocation(CommandId=command, InstanceId=instance)
        except (ClientError, BotoCoreError) as error:
            if not isinstance(translation(error), Transient):
                raise
        return None


def _failure(instance: str, document: str, ended: "Invocation") -> ChangeoverError:
    details = ended["StatusDetails"].replace(" ", "")
    if details in UNDELIVERED:
        return Transient(f"{document} could not be delivered to {instance}: {details}")
    said = reasons(ended["StandardErrorContent"])
    # A status such as ExecutionTimedOut, which the document's output cannot contain.
    besides = "" if details == "Failed" and said else details
    why = ": ".join(part for part in (besides, said) if part)
    return Unhealthy(f"{document} on {instance} failed: {why}")


def _answer(instance: str, document: str, stdout: str) -> dict[str, Any]:
    try:
        answer = json.loads(_last(stdout.splitlines()))
    except json.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise Unhealthy(
            f"{document} on {instance} did not write a JSON object on its last line: look at its"
            " output in Run Command"
        )
    return answer


def _last(lines: list[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
