"""Deploy Candidate: create SOCA's stack beside live, and check that its installer has finished."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import AwareDatetime

from changeover.cluster.configuration import Network
from changeover.cluster.release import bootstrap_account
from changeover.errors import Unhealthy
from changeover.ports.services import Services
from changeover.ports.values import Stack
from changeover.soca.dialect import Dialect
from changeover.types import Value
from changeover.upgrade.plan import UpgradePlan

# SOCA's templates require a password that begins with a letter and has at most 50 characters.
_PASSWORD_LENGTH = 32
_GOING_WELL = ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
# Users would find an empty /data if the template lacked these parameters.
_KEPT = {"EFSAppsDns", "EFSDataDns"}


class DeployRequest(Value):
    plan: UpgradePlan


class Deployed(Value):
    started_at: AwareDatetime


class CandidateToCheck(Value):
    plan: UpgradePlan
    deployed: Deployed


@dataclass(frozen=True, slots=True)
class Installer:
    """Inputs of SOCA's installer: AMI, S3 folder, and the bootstrap account that it creates."""

    image: str
    bucket: str
    folder: str
    account: str
    password: str = field(repr=False)


class CheckedCandidate(Value):
    ready: bool
    detail: str


def deploy_candidate(request: DeployRequest, services: Services) -> Deployed:
    """Create the candidate's CloudFormation stack. A retry finds the same stack.

    Returns the start time. Raises Unhealthy if the configuration does not fit the template's
    parameters. Raises Conflict if the run has lost the lock.
    """
    plan = request.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    account = bootstrap_account(plan.candidate)
    if services.stacks.describe(plan.candidate) is None:
        declared = services.stacks.declared(candidate.template_url)
        # The password is not stored, because nobody ever logs in as the bootstrap account.
        installer = Installer(
            image=plan.image,
            bucket=services.evidence.bucket,
            folder=candidate.install_folder,
            account=account,
            password=services.new_secret(_PASSWORD_LENGTH),
        )
        offered = stack_parameters(plan.configuration.network, installer)
        services.stacks.create(
            plan.candidate,
            candidate.template_url,
            fitting(offered, plan.configuration.stack_parameters, declared),
            {"changeover:cluster": plan.cluster, "changeover:release": plan.candidate},
        )
    services.releases.record(candidate.model_copy(update={"leave_out": (account,)}), plan.fence)
    return Deployed(started_at=services.now())


def check_candidate(request: CandidateToCheck, services: Services) -> CheckedCandidate:
    """Check the candidate once; when it is ready, forward the preview listener to it.

    Returns whether it is ready, or what the run still waits for. Raises Unhealthy if the stack or
    SOCA's installer failed, or if the deadline has passed.
    """
    plan = request.plan
    instance, waiting = _look(plan, services)
    if instance is None or waiting:
        _check_deadline(request, services.now(), waiting)
        return CheckedCandidate(ready=False, detail=waiting)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    target_group = services.front_door.ensure_target_group(candidate.name, instance)
    found = {"instance": instance, "target_group": target_group}
    services.releases.record(candidate.model_copy(update=found), plan.fence)
    services.front_door.preview(target_group)
    return CheckedCandidate(ready=True, detail=f"{candidate.cluster_id} is installed")


def stack_parameters(network: Network, installer: Installer) -> dict[str, str]:
    """Return the values that Changeover knows, by the names of SOCA's template parameters."""
    subnets = {
        f"{kind}Subnet{n}": subnet
        for kind, subnets in (
            ("Private", network.private_subnets),
            ("Public", network.public_subnets),
        )
        for n, subnet in enumerate(subnets, 1)
    }
    known = {
        "CustomAMI": installer.image,
        "S3InstallBucket": installer.bucket,
        "S3InstallFolder": installer.folder,
        "UserName": installer.account,
        "UserPassword": installer.password,
        "VpcId": network.vpc_id,
        "ClientIp": network.client_cidr,
        "SecurityGroupIdScheduler": network.scheduler_security_group,
        "SecurityGroupIdCompute": network.compute_security_group,
        "EFSAppsDns": network.apps_file_system,
        "EFSDataDns": network.data_file_system,
        **subnets,
    }
    return {name: value for name, value in known.items() if value}


def fitting(
    offered: Mapping[str, str], chosen: Mapping[str, str], declared: Mapping[str, bool]
) -> dict[str, str]:
    """Return the values of the parameters that the template declares.

    `offered` comes from Changeover and overrides `chosen`, the configuration's `stack_parameters`.
    `declared` says for each parameter of the template whether it has a default. Raises Unhealthy
    if `chosen` has an unknown parameter, if a parameter has no value, or if the template has no
    parameter for a file system that must be kept.
    """
    unknown = sorted(chosen.keys() - declared.keys())
    both = {**chosen, **offered}
    homeless = sorted(_KEPT & offered.keys() - declared.keys())
    unset = sorted(
        name for name, has_default in declared.items() if not has_default and name not in both
    )
    if unknown or unset or homeless:
        raise Unhealthy(
            "the cluster's configuration does not fit the release's template:"
            + (f" It does not declare stack_parameters {', '.join(unknown)}." if unknown else "")
            + (f" It needs a value for {', '.join(unset)}." if unset else "")
            + (f" It has no file system parameter {', '.join(homeless)}." if homeless else "")
        )
    return {name: value for name, value in both.items() if name in declared}


def judge_stack(stack: Stack | None, failure: str) -> str:
    """Return what to wait for; empty if the stack is complete. Raises Unhealthy if it failed.

    `failure` names the resources that failed first, with their reasons, or is empty.
    """
    if stack is None:
        raise Unhealthy("the candidate's stack is gone: somebody deleted it")
    if stack.status == "CREATE_IN_PROGRESS":
        return "CloudFormation is creating the stack"
    if stack.status == "CREATE_COMPLETE":
        return ""
    why = failure or stack.reason or "CloudFormation gives no reason"
    raise Unhealthy(f"stack {stack.name} ended {stack.status}: {why}")


def judge_marker(marker: str, cluster_id: str, dialect: Dialect) -> bool:
    """Return whether SOCA's installer reports that it is done.

    `marker` is the text of /etc/motd. Raises Unhealthy if the installer reports a failure.
    """
    if failed := next((mark for mark in dialect.failure_marks if mark in marker), ""):
        lines = " / ".join(line.strip() for line in marker.splitlines() if line.strip())
        raise Unhealthy(f"SOCA's installer failed ({failed}): {lines[:400]}")
    # hpc-r20's marker must not count for hpc-r2.
    ready = re.escape(dialect.ready_mark.format(cluster_id=cluster_id)) + r"(?![\w-])"
    return re.search(ready, marker) is not None


def read_marker(instance: str, services: Services) -> str:
    """Return the text of /etc/motd on a scheduler host. Raises Unhealthy if it is not base64."""
    encoded = services.hosts.run(instance, "read_marker").get("marker", "")
    try:
        return base64.b64decode(str(encoded), validate=True).decode(errors="replace")
    except binascii.Error as error:
        raise Unhealthy(f"{instance}: the marker is not base64") from error


def _look(plan: UpgradePlan, services: Services) -> tuple[str | None, str]:
    """Return the instance ID of the candidate's scheduler, or None, and what to wait for."""
    stack = services.stacks.describe(plan.candidate)
    failed = stack is not None and stack.status not in _GOING_WELL
    failure = services.stacks.first_failure(plan.candidate) if failed else ""
    if waiting := judge_stack(stack, failure):
        return None, waiting
    cluster_id = plan.dialect.cluster_id(plan.candidate)
    instance = services.hosts.find(plan.dialect.scheduler_tags(cluster_id))
    if instance is None or not services.hosts.reachable(instance):
        return instance, "the scheduler does not answer SSM yet"
    marker = read_marker(instance, services)
    if not judge_marker(marker, cluster_id, plan.dialect):
        return instance, "SOCA's installer is still running"
    return instance, ""


def _check_deadline(request: CandidateToCheck, now: datetime, detail: str) -> None:
    deadline = request.plan.configuration.waits.candidate_deadline_seconds
    if (now - request.deployed.started_at).total_seconds() > deadline:
        raise Unhealthy(
            f"{request.plan.candidate} was not ready within {deadline} s: {detail}. See the logs"
            " /root/Scheduler.sh.log and /root/PostRebootConfig.log on its scheduler host"
        )
