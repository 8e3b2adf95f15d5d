"""Deploy Candidate: SOCA's own stack beside live, and the proof that its installer has finished."""

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

# SOCA's templates demand a letter first and at most 50 characters of its password.
_PASSWORD_LENGTH = 32
_GOING_WELL = ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
# A template that does not know these would give users an empty /data.
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
    """What SOCA's installer starts from, and the account that it makes first."""

    image: str
    bucket: str
    folder: str
    account: str
    password: str = field(repr=False)


class CheckedCandidate(Value):
    ready: bool
    detail: str


def deploy_candidate(request: DeployRequest, services: Services) -> Deployed:
    """Ask CloudFormation for the candidate's stack; again: the same stack."""
    plan = request.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    account = bootstrap_account(plan.candidate)
    if services.stacks.describe(plan.candidate) is None:
        declared = services.stacks.declared(candidate.template_url)
        # Nobody ever logs in as the bootstrap account: its password is not kept.
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
    """Look at the candidate once; when it is ready, put it behind the preview listener."""
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
    """What Changeover can tell SOCA's templates, by the names of their parameters."""
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
    """The parameters that the template declares. Raises Unhealthy unless they fit it exactly."""
    unknown = sorted(chosen.keys() - declared.keys())
    both = {**chosen, **offered}
    homeless = sorted(_KEPT & offered.keys() - declared.keys())
    unset = sorted(
        name for name, has_default in declared.items() if not has_default and name not in both
    )
    if unknown or unset or homeless:
        raise Unhealthy(
            "the cluster's configuration does not fit the release's template:"
            + (f" stack_parameters it does not know: {', '.join(unknown)}." if unknown else "")
            + (f" Parameters without a value: {', '.join(unset)}." if unset else "")
            + (f" It cannot be given the file systems: {', '.join(homeless)}." if homeless else "")
        )
    return {name: value for name, value in both.items() if name in declared}


def judge_stack(stack: Stack | None, failure: str) -> str:
    """What to wait for, empty when nothing. Raises Unhealthy when the stack cannot come up."""
    if stack is None:
        raise Unhealthy("the candidate's stack is gone: somebody deleted it")
    if stack.status == "CREATE_IN_PROGRESS":
        return "CloudFormation is creating the stack"
    if stack.status == "CREATE_COMPLETE":
        return ""
    why = failure or stack.reason or "CloudFormation gives no reason"
    raise Unhealthy(f"stack {stack.name} ended {stack.status}: {why}")


def judge_marker(marker: str, cluster_id: str, dialect: Dialect) -> bool:
    """Whether SOCA's installer says that it is done. Raises Unhealthy when it says it failed."""
    if failed := next((mark for mark in dialect.failure_marks if mark in marker), ""):
        lines = " / ".join(line.strip() for line in marker.splitlines() if line.strip())
        raise Unhealthy(f"SOCA's installer failed ({failed}): {lines[:400]}")
    # hpc-r2 is not ready because hpc-r20 is.
    ready = re.escape(dialect.ready_mark.format(cluster_id=cluster_id)) + r"(?![\w-])"
    return re.search(ready, marker) is not None


def read_marker(instance: str, services: Services) -> str:
    """The host's own word on its installation."""
    encoded = services.hosts.run(instance, "read_marker").get("marker", "")
    try:
        return base64.b64decode(str(encoded), validate=True).decode(errors="replace")
    except binascii.Error as error:
        raise Unhealthy(f"{instance}: the marker is not base64") from error


def _look(plan: UpgradePlan, services: Services) -> tuple[str | None, str]:
    """The candidate's scheduler, if there is one, and what is still waited for."""
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
        return instance, "SOCA's installer is still at work"
    return instance, ""


def _check_deadline(request: CandidateToCheck, now: datetime, detail: str) -> None:
    deadline = request.plan.configuration.waits.candidate_deadline_seconds
    if (now - request.deployed.started_at).total_seconds() > deadline:
        raise Unhealthy(
            f"{request.plan.candidate} was not ready within {deadline} s: {detail}. Its logs are"
            " /root/Scheduler.sh.log and /root/PostRebootConfig.log on the scheduler"
        )
