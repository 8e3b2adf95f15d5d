"""Plan Upgrade: choose release and image, run all preflight checks, and take the cluster's lock."""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.execution import run_of
from changeover.cluster.release import Release, Role, live_of, next_name
from changeover.cluster.request import UpgradeRequest, read_request
from changeover.errors import ChangeoverError, Refused
from changeover.images import records
from changeover.ports.services import Services
from changeover.soca.directory_provider import judge_move
from changeover.types import ImageBuildArn, ImageId, Value
from changeover.upgrade import archives
from changeover.upgrade.plan import UpgradePlan, plan_key
from changeover.upgrade.preflight import PreflightFacts, Target, check

# The run's name becomes part of S3 keys that scheduler hosts read and write.
_RUN = re.compile(r"[A-Za-z0-9._-]{1,80}")


class PlanRequest(Value):
    """The ARN of the Step Functions execution, and its input, which is not checked yet."""

    execution: str
    request: Any = None


def plan_upgrade(request: PlanRequest, services: Services) -> UpgradePlan:
    """Take the cluster's lock, run all preflight checks, and store and return the plan.

    A retry by the same execution returns the same plan. Raises Refused with every problem found;
    then the lock is free again and nothing was changed.
    """
    cluster, run = services.default_cluster, run_of(request.execution)
    upgrade, problems = _read(request, services)
    configuration, fence = _lock(request.execution, problems, services)
    releases = [r for r in services.releases.list_all(cluster) if not _of_this_run(r, run)]
    target, image_problems = _target(upgrade, configuration, releases, services)
    facts = _gather_facts(target, configuration, releases, services)
    problems += image_problems + check(target, facts)
    if problems or target.live is None or target.image is None:
        services.releases.free(cluster, request.execution)
        raise Refused(_listed(problems))
    plan = UpgradePlan(
        cluster=cluster,
        run=run,
        execution=request.execution,
        fence=fence,
        live=target.live,
        candidate=target.candidate,
        image=target.image,
        saved_actions=services.front_door.actions(),
        configuration=configuration,
        move=judge_move(target.live.provider, configuration.directory.provider),
        archives=archives.known(facts.archives),
        build_only=upgrade.build_only,
    )
    return save(plan, services)


def _read(request: PlanRequest, services: Services) -> tuple[UpgradeRequest, list[str]]:
    """Return the execution's input, and each problem with its fields, its name or the lock."""
    upgrade, problems = read_request(request.request)
    cluster = services.default_cluster
    if upgrade.cluster not in (None, cluster):
        problems.append(f"cluster: only {cluster} is served here, not {upgrade.cluster}")
    if not _RUN.fullmatch(run_of(request.execution)):
        problems.append("the execution's name: use up to 80 letters, digits, '.', '_' and '-'")
    holder = services.releases.owner(cluster, services.now())
    if holder not in ("", request.execution):
        problems.append(f"cluster {cluster} is locked by {holder}: start again when it has ended")
    return upgrade, problems


def _lock(
    execution: str, problems: list[str], services: Services
) -> tuple[ClusterConfiguration, int]:
    """Take the lock for as long as the configuration allows.

    Returns the configuration and the lock's fencing token. A request with problems takes no lock,
    not even one that has expired; then the token is 0. Raises Refused if the cluster has no
    configuration, or if another execution takes the lock first.
    """
    cluster, now = services.default_cluster, services.now()
    try:
        configuration = services.configurations.read(cluster)
        until = now + timedelta(seconds=configuration.longest_run_seconds)
        fence = 0 if problems else services.releases.acquire(cluster, execution, now, until)
    except Refused as refusal:
        raise Refused(_listed([*problems, str(refusal)])) from refusal
    return configuration, fence


def save(plan: UpgradePlan, services: Services) -> UpgradePlan:
    """Store the plan and the candidate's record, before anything of the candidate exists.

    Returns the same plan. Raises Conflict if this run has lost the lock.
    """
    services.evidence.write(plan_key(plan.run), plan.model_dump_json().encode())
    services.releases.record(_candidate_record(plan, services.now()), plan.fence)
    with suppress(ChangeoverError):  # the candidate is on record, and Reconcile marks every hour
        records.mark_in_use(services)
    return plan


def _of_this_run(release: Release, run: str) -> bool:
    """Return whether an earlier attempt of this step recorded the release: a retry ignores it."""
    return release.run == run and release.role is Role.CANDIDATE


def _target(
    request: UpgradeRequest,
    configuration: ClusterConfiguration,
    releases: list[Release],
    services: Services,
) -> tuple[Target, list[str]]:
    live = live_of(releases)
    candidate = request.release or next_name(configuration.cluster, releases)
    if request.image_build:
        image, problems = _image_of(request.image_build, services)
    else:
        image = request.image or configuration.image or records.unless_named(live, services)
        problems = [] if image or not live else ["image: live's AMI is unknown: name one"]
    return Target(configuration.cluster, live, candidate, image), problems


def _image_of(build: ImageBuildArn, services: Services) -> tuple[ImageId | None, list[str]]:
    try:
        found = services.images.build(build)
    except Refused as refusal:
        return None, [f"image_build: {refusal}"]
    if found.image is None:
        return None, [f"image_build: {build} ({found.status}) has no AMI in this region"]
    return found.image, []


def _gather_facts(
    target: Target,
    configuration: ClusterConfiguration,
    releases: list[Release],
    services: Services,
) -> PreflightFacts:
    live, image = target.live, target.image
    return PreflightFacts(
        now=services.now(),
        releases=tuple(releases),
        serving=services.front_door.serving(),
        live_reachable=live is not None and services.hosts.reachable(live.instance),
        live_tag=services.hosts.cluster_of(live.instance) if live else "",
        image=services.images.describe(image) if image else None,
        taken_stack=services.stacks.describe(target.candidate) is not None,
        archives=archives.look(configuration.source, services.evidence),
        subscribers=services.mail.confirmed_subscribers(),
        probe_secret=services.secrets.exists(configuration.probe_secret_id),
        windows=configuration.freeze_windows,
        dialect=configuration.dialect,
        provider=configuration.directory.provider,
    )


def _candidate_record(plan: UpgradePlan, now: datetime) -> Release:
    return Release(
        cluster=plan.cluster,
        name=plan.candidate,
        role=Role.CANDIDATE,
        cluster_id=plan.dialect.cluster_id(plan.candidate),
        run=plan.run,
        recorded_at=now,
        dialect_name=plan.dialect.name,
        provider=plan.configuration.directory.provider,
        base_dn=plan.configuration.directory.base_dn,
        base_os=plan.configuration.base_os,
        image=plan.image,
    )


def _listed(problems: list[str]) -> str:
    found = "1 problem prevents" if len(problems) == 1 else f"{len(problems)} problems prevent"
    numbered = "\n".join(f"{n}. {problem}" for n, problem in enumerate(problems, 1))
    return f"Nothing was changed. {found} the upgrade:\n{numbered}"
