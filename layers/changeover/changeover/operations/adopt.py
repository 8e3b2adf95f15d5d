"""Adopt Release: record a running SOCA stack, unchanged, as the cluster's live release."""

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

# The load balancer reports weight 1 for a single target group, whatever weight was set.
_ALONE = 1
_LOCK_SECONDS = 1_800
_USABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class Adoption(Value):
    """The stack to adopt, and facts about its SOCA.

    `dialect` is the family of SOCA releases. `provider` and `base_dn` describe its directory. An
    empty base DN means the one that SOCA's installer chooses. `leave_out` are accounts that the
    installer created and that must not move to later releases.
    """

    stack: ReleaseName
    dialect: DialectName = SOCA_2_6.name
    provider: Provider = Provider.OPENLDAP
    base_dn: BaseDn = ""
    image: ImageId | None = None
    leave_out: tuple[AccountName, ...] = ()


class Adopted(Value):
    """The adopted release. `findings` are problems that a person must fix although it is live."""

    release: Release
    findings: tuple[str, ...] = ()


def adopt_release(request: Adoption, services: Services) -> Adopted:
    """Check the stack's release, send the load balancer's users to it, and record it as live.

    A repeated call for the same stack checks it again. Raises Refused with every reason if the
    release cannot be adopted, and Conflict if several scheduler hosts match.
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
    # SSM documents, such as the probes below, run only on hosts with the cluster's tag.
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
    """Return SOCA's cluster ID of the release, and its scheduler host, or None if none matches."""
    dialect = DIALECTS[request.dialect]
    names = dialect.cluster_ids(request.stack)
    hosts = ((name, services.hosts.find(dialect.scheduler_tags(name))) for name in names)
    found = [(name, instance) for name, instance in hosts if instance]
    if len(found) > 1:
        several = ", ".join(f"{instance} of {name}" for name, instance in found)
        raise Conflict(
            f"{request.stack}: several scheduler hosts match: {several}. Stop all but one"
        )
    return found[0] if found else (names[0], None)


def _known(request: Adoption, configuration: ClusterConfiguration, services: Services) -> Release:
    """Return the release's record, or a new one. A second adoption keeps all recorded facts."""
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
        problems.append(f"no running scheduler host has a tag with its cluster ID {names}")
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
    """Run the same probes as for a candidate. Returns every problem."""
    marker = read_marker(release.instance, services)
    if not judge_marker(marker, release.cluster_id, release.dialect):
        return ["/etc/motd does not have the text that SOCA's installer writes when it is done"]
    found = probe(release, configuration, services)
    problems = judge(found, release.provider)
    if not found.login:
        problems.append("create the probe account on this release, as docs/operate.md says")
    return problems


def _open_front_door(release: Release, services: Services) -> Release:
    """Send users to the release, after the load balancer finds its scheduler host healthy.

    With Changeover 0.1.0, the listener's default action already sent them there. The rule then
    takes over immediately, and users notice nothing.
    """
    front_door = services.front_door
    target_group = front_door.ensure_target_group(release.name, release.instance)
    ours = {each.target_group for each in services.releases.list_all(release.cluster)} | {
        target_group
    }
    weights = front_door.weights() or front_door.default_weights()
    if {arn for arn, weight in weights.items() if weight} - ours:
        raise Refused(
            f"{release.name} cannot be adopted: the load balancer sends users to a target group"
            " that belongs to no recorded release"
        )
    front_door.take_over()
    if front_door.weights().get(target_group, 0) == 0:
        front_door.preview(target_group)
        if problems := judge_health(*front_door.health(target_group)):
            front_door.preview(None)
            raise Refused(
                f"{release.name} cannot be adopted: {problems[0]}; its scheduler host needs the"
                " security group in SchedulerSecurityGroupId, and must be in an Availability Zone"
                " of the load balancer's subnets"
            )
        front_door.forward({target_group: _ALONE})
        front_door.preview(None)
    return release.model_copy(update={"target_group": target_group})
