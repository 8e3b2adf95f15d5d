"""Probes of a scheduler host, and the checks on their results before users are sent to it."""

from collections.abc import Mapping

from pydantic import ValidationError

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.ports.services import Services
from changeover.soca.directory_provider import Provider
from changeover.types import Value


class Probes(Value):
    """Answer of `documents/probe_release.yaml`: facts that a scheduler host found about itself.

    `ping` is the body of `/ping`. `login`: the probe account's password opened the web login.
    `bind`: the probe account could bind to the LDAP directory. `scheduler` is the state of the PBS
    server. `services` maps systemd units to their state.
    """

    ping: str
    login: bool
    wrong_password_refused: bool
    bind: bool
    scheduler: str
    queues: tuple[str, ...]
    users: int
    groups: int
    sudo_roles: int
    services: Mapping[str, str]


def probe(release: Release, configuration: ClusterConfiguration, services: Services) -> Probes:
    """Run the SSM document `probe_release` on a release's scheduler host.

    Returns its answer. Raises Unhealthy if a part of the answer is missing.
    """
    answer = services.hosts.run(
        release.instance,
        "probe_release",
        SecretId=configuration.probe_secret_id,
        BaseDn=release.dialect.base_dn,
    )
    try:
        return Probes.model_validate(answer)
    except ValidationError as error:
        fields = sorted({str(fault["loc"][0]) for fault in error.errors()})
        raise Unhealthy(
            f"{release.name}: probe_release's answer lacks {', '.join(fields)}"
        ) from error


def judge(probes: Probes, provider: Provider) -> list[str]:
    """Return each reason not to send users to this release; empty if there is none.

    If the provider's directory runs elsewhere, the web login proves that the host reaches it.
    """
    judged = {
        f"/ping answers {probes.ping!r}, not 'Alive'": probes.ping == "Alive",
        "the probe account cannot log in to the web interface": probes.login,
        "the web login accepts a wrong password": probes.wrong_password_refused,
        f"the scheduler is {probes.scheduler or 'silent'}": probes.scheduler == "Active",
        "no queue exists": bool(probes.queues),
    }
    if provider.on_host:
        judged |= {
            "the probe account cannot bind to the LDAP directory": probes.bind,
            "the LDAP directory has no user": probes.users > 0,
        }
    return [problem for problem, well in judged.items() if not well]


def judge_beside(candidate: Probes, live: Probes) -> list[str]:
    """Return the queues and the running services that live has and the candidate lacks."""
    problems = []
    if lost := sorted(set(live.queues) - set(candidate.queues)):
        problems.append(f"queues are missing: {', '.join(lost)}")
    problems += [
        f"{service} is {candidate.services.get(service, 'absent')}, on live it is active"
        for service, state in sorted(live.services.items())
        if state == "active" and candidate.services.get(service) != "active"
    ]
    return problems


def judge_health(state: str, reason: str) -> list[str]:
    """Return the load balancer's health check of a target as a problem; empty if healthy."""
    return [] if state == "healthy" else [f"the load balancer reports it as {state} ({reason})"]
