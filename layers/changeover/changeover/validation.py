"""Validate Candidate: deep probes on its host, judged against the same probes on live."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import ValidationError

from changeover.configuration import ClusterConfiguration
from changeover.errors import Unhealthy
from changeover.identities.identity import Counts
from changeover.migration import ExportedIdentities, ImportedIdentities
from changeover.plan import UpgradePlan
from changeover.ports import Services
from changeover.provider import Provider
from changeover.release import Release
from changeover.shared_directory import Located
from changeover.values import Digest, Value


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


class ValidationRequest(Value):
    plan: UpgradePlan
    exported: ExportedIdentities
    imported: ImportedIdentities


class Evidence(Value):
    """Everything that an approver's yes is about.

    Counts and digests where identities were carried over, `directory` where nobody had to move.
    """

    cluster: str
    run: str
    live: str
    candidate: str
    image: str
    vendor_release: str
    customisations: str
    install_folder: str
    counts: Counts | None
    live_digest: Digest | None
    candidate_digest: Digest | None
    directory: Located | None
    live_probes: Probes
    candidate_probes: Probes


class Validated(Value):
    """Where the evidence is, and the digest that an approval is bound to."""

    evidence_key: str
    evidence_digest: Digest
    counts: Counts | None


def validate_candidate(asked: ValidationRequest, services: Services) -> Validated:
    """Probe both releases and store the evidence. Raises Unhealthy with every problem there is."""
    plan, imported = asked.plan, asked.imported
    candidate = services.releases.get(plan.cluster, plan.candidate)
    here = probe(plan.live, plan.configuration, services)
    there = probe(candidate, plan.configuration, services)
    problems = judge(there, candidate.provider) + judge_beside(there, here)
    problems += _judge_counts(there, imported.counts) if imported.counts else []
    problems += judge_health(*services.front_door.health(candidate.target_group))
    if imported.digest != asked.exported.digest:
        problems.append("the identities' digests differ")
    if problems:
        raise Unhealthy(f"{candidate.name} is not fit for users: {'; '.join(problems)}")
    evidence = Evidence(
        cluster=plan.cluster,
        run=plan.run,
        live=plan.live.name,
        candidate=candidate.name,
        image=plan.image,
        vendor_release=plan.configuration.source.vendor_release,
        customisations=plan.configuration.source.customisations,
        install_folder=candidate.install_folder,
        counts=imported.counts,
        live_digest=asked.exported.digest,
        candidate_digest=imported.digest,
        directory=imported.directory,
        live_probes=here,
        candidate_probes=there,
    )
    key = f"runs/{plan.run}/evidence.json"
    services.evidence.write(key, canonical(evidence))
    return Validated(
        evidence_key=key, evidence_digest=evidence_digest(evidence), counts=imported.counts
    )


def probe(release: Release, configuration: ClusterConfiguration, services: Services) -> Probes:
    """Have a release's host look at itself with the probe account."""
    answer = services.hosts.run(
        release.instance,
        "probe_release",
        SecretId=configuration.probe_secret_id,
        BaseDn=release.spoken.base_dn,
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


def identities_in_words(evidence: Evidence) -> str:
    """Who is on the candidate, and what proves it."""
    if shared := evidence.directory:
        return f"nobody moves: both releases use {shared.base} at {shared.uri}"
    assert evidence.counts
    counts = evidence.counts
    return (
        f"{counts.users} users, {counts.groups} groups, {counts.sudo_roles} sudo roles; proved"
        f" equal on both releases (sha256 {evidence.candidate_digest:.16}…)"
    )


def canonical(evidence: Evidence) -> bytes:
    return json.dumps(evidence.model_dump(mode="json"), sort_keys=True, indent=1).encode()


def evidence_digest(evidence: Evidence) -> Digest:
    return hashlib.sha256(canonical(evidence)).hexdigest()


def read_evidence(key: str, services: Services) -> Evidence:
    """Raises Unhealthy when it is gone or is not evidence any more."""
    try:
        return Evidence.model_validate_json(services.evidence.read(key))
    except ValidationError as error:
        raise Unhealthy(f"{key} is not the evidence that was stored there") from error


def _judge_counts(probes: Probes, counts: Counts) -> list[str]:
    found = {"users": probes.users, "groups": probes.groups, "sudo roles": probes.sudo_roles}
    meant = {"users": counts.users, "groups": counts.groups, "sudo roles": counts.sudo_roles}
    return [
        f"the host counts {found[what]} {what}, {meant[what]} were imported"
        for what in found
        if found[what] != meant[what]
    ]
