"""Adopt Release: take over what runs today, without changing it, as the cluster's live release."""

from datetime import timedelta

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release, Role, with_role
from changeover.errors import Conflict, Refused
from changeover.ports.services import Services
from changeover.ports.values import Stack
from changeover.soca.dialect import DIALECTS, SOCA_2_6
from changeover.soca.directory_provider import Provider
from changeover.types import AccountName, BaseDn, DialectName, ImageId, ReleaseName, Value
from changeover.upgrade import protection
from changeover.upgrade.candidate.deploy import judge_marker, read_marker
from changeover.upgrade.candidate.health import judge, judge_health, probe
from changeover.upgrade.preflight import judge_provider

# A target group that is alone: the load balancer calls its weight so, whatever it was told.
_ALONE = 1
_LOCK_SECONDS = 1_800
_USABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class Adoption(Value):
    """`leave_out`: accounts that the installer made and that no later release shall get.

    `dialect`, `provider` and `base_dn` say what kind of SOCA it is and where its users live; an
    empty base DN is the one that SOCA's installer gives by itself.
    """

    stack: ReleaseName
    dialect: DialectName = SOCA_2_6.name
    provider: Provider = Provider.OPENLDAP
    base_dn: BaseDn = ""
    image: ImageId | None = None
    leave_out: tuple[AccountName, ...] = ()


class Adopted(Value):
    """`findings` is what a person has to put right though the release is adopted."""

    release: Release
    findings: tuple[str, ...] = ()


def adopt_release(request: Adoption, services: Services) -> Adopted:
    """Check the stack's release, point the front door at it and record it as live.

    Again for the same stack: checks it again. Raises Refused, with every reason, otherwise.
    """
    cluster = services.default_cluster
    configuration = services.configurations.read(cluster)
    now = services.now()
    owner = f"adopt:{request.stack}"
    fence = services.releases.acquire(cluster, owner, now, now + timedelta(seconds=_LOCK_SECONDS))
    try:
        release = _examine(request, configuration, services)
        release = _open_front_door(release, services)
        services.releases.record(release, fence)
        return Adopted(release=release, findings=_protect(release, services))
    finally:
        services.releases.free(cluster, owner)


def _protect(release: Release, services: Services) -> tuple[str, ...]:
    why = protection.protect(release.name, services)
    return (f"stack {release.name} has no termination protection: {why}",) if why else ()


def _examine(request: Adoption, configuration: ClusterConfiguration, services: Services) -> Release:
    stack = services.stacks.describe(request.stack)
    cluster_id, instance = _find_scheduler(request, services)
    problems = _guard(request, configuration, stack, instance, services)
    if problems or stack is None or instance is None:
        raise Refused(f"{request.stack} cannot be adopted: {'; '.join(problems)}")
    # No document runs on a host without the cluster's tag, the probes below among them.
    services.hosts.mark(instance, configuration.cluster)
    release = _known(request, configuration, services).model_copy(
        update={
            "role": Role.LIVE,
            "cluster_id": cluster_id,
            "instance": instance,
            "dialect_name": request.dialect,
            "provider": request.provider,
            "base_dn": request.base_dn,
            "base_os": stack.parameters.get("BaseOS", ""),
        }
    )
    if image := request.image or stack.parameters.get("CustomAMI"):
        release = release.model_copy(update={"image": image})
    if request.leave_out:
        release = release.model_copy(update={"leave_out": request.leave_out})
    if problems := _examine_host(release, configuration, services):
        raise Refused(f"{request.stack} cannot be adopted: {'; '.join(problems)}")
    return release


def _find_scheduler(request: Adoption, services: Services) -> tuple[str, str | None]:
    """What SOCA calls the release, and its scheduler; none if no host bears any of its names."""
    dialect = DIALECTS[request.dialect]
    names = dialect.cluster_ids(request.stack)
    hosts = ((name, services.hosts.find(dialect.scheduler_tags(name))) for name in names)
    found = [(name, instance) for name, instance in hosts if instance]
    if len(found) > 1:
        several = ", ".join(f"{instance} of {name}" for name, instance in found)
        raise Conflict(f"{request.stack}: several schedulers could be its own: {several}")
    return found[0] if found else (names[0], None)


def _known(request: Adoption, configuration: ClusterConfiguration, services: Services) -> Release:
    """What is on record of it; a release that is adopted again forgets nothing."""
    recorded = services.releases.list_all(configuration.cluster)
    new = Release(
        cluster=configuration.cluster,
        name=request.stack,
        role=Role.LIVE,
        cluster_id="",
        run=f"adopt-{request.stack}",
        recorded_at=services.now(),
    )
    return next((release for release in recorded if release.name == request.stack), new)


def _guard(
    request: Adoption,
    configuration: ClusterConfiguration,
    stack: Stack | None,
    instance: str | None,
    services: Services,
) -> list[str]:
    others = [
        release.name
        for release in with_role(services.releases.list_all(configuration.cluster), Role.LIVE)
        if release.name != request.stack
    ]
    problems = [f"{name} is recorded as live already" for name in others]
    if lacking := judge_provider(request.provider, DIALECTS[request.dialect]):
        problems.append(lacking)
    if stack is None:
        problems.append("there is no such stack in this account and region")
    elif stack.status not in _USABLE:
        problems.append(f"its stack is {stack.status}")
    if instance is None:
        names = " or ".join(DIALECTS[request.dialect].cluster_ids(request.stack))
        problems.append(f"no running scheduler is tagged as its own, with the cluster id {names}")
    elif not services.hosts.reachable(instance):
        problems.append(f"its scheduler {instance} does not answer SSM")
    elif (other := services.hosts.cluster_of(instance)) not in ("", configuration.cluster):
        problems.append(f"its scheduler {instance} is tagged changeover:cluster={other}")
    if not services.secrets.exists(configuration.probe_secret_id):
        problems.append(f"the secret {configuration.probe_secret_id} does not exist")
    return problems


def _examine_host(
    release: Release, configuration: ClusterConfiguration, services: Services
) -> list[str]:
    """The same probes as for a candidate, so that what is adopted is known to be good."""
    marker = read_marker(release.instance, services)
    if not judge_marker(marker, release.cluster_id, release.dialect):
        return ["SOCA's installer has not left its mark in /etc/motd"]
    found = probe(release, configuration, services)
    problems = judge(found, release.provider)
    if not found.login:
        problems.append("is the probe account made on this release? See the runbook")
    return problems


def _open_front_door(release: Release, services: Services) -> Release:
    """Users come in only once the load balancer itself finds the scheduler healthy.

    Where the listener's default action sends them there already, as Changeover 0.1.0 had it, the
    rule takes over at once, and no user notices.
    """
    front_door = services.front_door
    target_group = front_door.ensure_target_group(release.name, release.instance)
    ours = {each.target_group for each in services.releases.list_all(release.cluster)} | {
        target_group
    }
    weights = front_door.weights() or front_door.default_weights()
    if {arn for arn, weight in weights.items() if weight} - ours:
        raise Refused(
            f"{release.name} cannot be adopted: the front door sends users to something that is not"
            " on record"
        )
    front_door.take_over()
    if front_door.weights().get(target_group, 0) == 0:
        front_door.preview(target_group)
        if problems := judge_health(*front_door.health(target_group)):
            front_door.preview(None)
            raise Refused(
                f"{release.name} cannot be adopted: {problems[0]}; does its scheduler bear the"
                " group in SchedulerSecurityGroupId, in a zone of the front door's subnets?"
            )
        front_door.forward({target_group: _ALONE})
        front_door.preview(None)
    return release.model_copy(update={"target_group": target_group})
