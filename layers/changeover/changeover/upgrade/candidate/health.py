"""Probes: what a scheduler host says of itself, and what speaks against letting users onto it."""

from collections.abc import Mapping

from pydantic import ValidationError

from changeover.cluster.configuration import ClusterConfiguration
from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.ports.services import Services
from changeover.soca.directory_provider import Provider
from changeover.types import Value


class Probes(Value):
    """What a scheduler host says of itself; facts only, as `documents/probe_release.yaml` finds."""

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
    """Have a release's host look at itself with the probe account."""
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
        raise Unhealthy(f"{release.name}: the probes' answer lacks {', '.join(fields)}") from error


def judge(probes: Probes, provider: Provider) -> list[str]:
    """What speaks against letting users onto this release, whatever other releases do.

    Where its host runs no directory itself, the web login alone proves that it reaches one.
    """
    judged = {
        f"/ping answers {probes.ping!r}, not 'Alive'": probes.ping == "Alive",
        "the probe account's password does not open the web login": probes.login,
        "the web login accepts a wrong password": probes.wrong_password_refused,
        f"the scheduler is {probes.scheduler or 'silent'}": probes.scheduler == "Active",
        "no queue exists": bool(probes.queues),
    }
    if provider.on_host:
        judged |= {
            "the probe account cannot bind to the directory": probes.bind,
            "the directory has no user": probes.users > 0,
        }
    return [problem for problem, well in judged.items() if not well]


def judge_beside(candidate: Probes, live: Probes) -> list[str]:
    """What live has and the candidate lacks."""
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
    """What the load balancer's own check says of the candidate."""
    return [] if state == "healthy" else [f"the load balancer finds it {state} ({reason})"]
