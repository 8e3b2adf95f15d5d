"""Validate Candidate: deep probes on its host, judged against the same probes on live."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import AliasChoices, Field, ValidationError

from changeover.cluster.source import Archive
from changeover.errors import Unhealthy
from changeover.identities.administrators import Administration
from changeover.identities.counts import COUNTED_LATER, Counts
from changeover.identities.findings import Rule
from changeover.images import records
from changeover.ports.services import Services
from changeover.types import Digest, Value
from changeover.upgrade.archives import describe as describe_archives
from changeover.upgrade.candidate import installer
from changeover.upgrade.candidate.health import Probes, judge, judge_beside, judge_health, probe
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer.checks import describe
from changeover.upgrade.transfer.migrate import ExportedIdentities, ImportedIdentities
from changeover.upgrade.transfer.privileged import Way
from changeover.upgrade.transfer.privileged import describe as describe_ways
from changeover.upgrade.transfer.shared import Located


class ValidationRequest(Value):
    plan: UpgradePlan
    exported: ExportedIdentities
    imported: ImportedIdentities


class Evidence(Value):
    """Everything that an approver's yes is about.

    Counts and digests where identities were carried over, `directory` where nobody had to move.
    `image_facts` and `image_warnings` are of the candidate's image, `image`.
    """

    cluster: str
    run: str
    live: str
    candidate: str
    image: str
    image_facts: str
    image_warnings: tuple[str, ...]
    live_image_facts: str
    vendor_release: str
    customizations: str = Field(validation_alias=AliasChoices("customizations", "customisations"))
    install_folder: str
    installer_sha256: Digest | None = None
    archives: tuple[Archive, ...] = ()
    counts: Counts | None
    live_digest: Digest | None
    candidate_digest: Digest | None
    findings: Mapping[str, int]  # of rules, as they were called when it was stored
    privileged: tuple[Way, ...] = ()
    accepted: Mapping[Rule, int] = {}
    unmatched: tuple[str, ...] = ()
    directory: Located | None
    live_probes: Probes
    candidate_probes: Probes
    administration: Administration | None = None


class Validated(Value):
    """Where the evidence is, and the digest that an approval is bound to."""

    evidence_key: str
    evidence_digest: Digest
    counts: Counts | None


def validate_candidate(request: ValidationRequest, services: Services) -> Validated:
    """Probe both releases and store the evidence. Raises Unhealthy with every problem there is."""
    plan, imported = request.plan, request.imported
    candidate = services.releases.get(plan.cluster, plan.candidate)
    here = probe(plan.live, plan.configuration, services)
    there = probe(candidate, plan.configuration, services)
    problems = judge(there, candidate.provider) + judge_beside(there, here)
    problems += _judge_counts(there, imported.counts) if imported.counts else []
    problems += judge_health(*services.front_door.health(candidate.target_group))
    if imported.digest != request.exported.digest:
        problems.append("the identities' digests differ")
    if problems:
        raise Unhealthy(f"{candidate.name} is not fit for users: {'; '.join(problems)}", problems)
    installer_sha256 = installer.judge(
        candidate.install_folder, candidate.installer_sha256, services.evidence
    )
    image_facts, image_warnings = records.facts(plan.image, services)
    live_image_facts, _ = records.facts(plan.live.image, services)
    evidence = Evidence(
        cluster=plan.cluster,
        run=plan.run,
        live=plan.live.name,
        candidate=candidate.name,
        image=plan.image,
        image_facts=image_facts,
        image_warnings=image_warnings,
        live_image_facts=live_image_facts,
        vendor_release=plan.configuration.source.vendor_release,
        customizations=plan.configuration.source.customizations,
        install_folder=candidate.install_folder,
        installer_sha256=installer_sha256,
        archives=candidate.built_from or plan.archives,
        counts=imported.counts,
        live_digest=request.exported.digest,
        candidate_digest=imported.digest,
        findings=request.exported.findings,
        privileged=request.exported.privileged,
        accepted=request.exported.accepted,
        unmatched=request.exported.unmatched,
        directory=imported.directory,
        live_probes=here,
        candidate_probes=there,
        administration=request.exported.administration,
    )
    key = f"runs/{plan.run}/evidence.json"
    services.evidence.write(key, canonical(evidence))
    return Validated(
        evidence_key=key, evidence_digest=evidence_digest(evidence), counts=imported.counts
    )


def identities_in_words(evidence: Evidence) -> str:
    """Who is on the candidate, and what proves it."""
    if shared := evidence.directory:
        return f"nobody moves: both releases use {shared.base} at {shared.uri}"
    assert evidence.counts
    counts = evidence.counts
    all_log_in = counts.password_hashes == counts.users
    logins = "" if all_log_in else f" of the users {counts.logins_in_words()};"
    return (
        f"{counts.users} users, {counts.groups} groups, {counts.sudo_roles} sudo roles;{logins}"
        f" proved equal on both releases (sha256 {evidence.candidate_digest:.16}…)"
    )


def installer_in_words(evidence: Evidence) -> tuple[str, ...]:
    """What the candidate was built from and boots from, a line for each digest."""
    if not evidence.installer_sha256:
        return ()
    installed = f"{evidence.install_folder}: sha256 {evidence.installer_sha256:.16}…, whole folder"
    return (installed, *describe_archives(evidence.archives))


def findings_in_words(evidence: Evidence) -> str:
    """What is odd about them on live, and was carried as it is."""
    if evidence.directory:
        return "not checked, since nobody moves"
    told = (
        ("odd on live, and carried as it is", describe(evidence.findings)),
        ("accepted", describe(evidence.accepted)),
        ("accepted in the configuration, and not found", ", ".join(evidence.unmatched)),
    )
    return "; ".join(f"{what}: {which}" for what, which in told if which) or "nothing odd was found"


def privileged_in_words(evidence: Evidence) -> tuple[str, ...]:
    """Who can become root on both releases, a line for each way."""
    return tuple(describe_ways(evidence.privileged))


def administrators_in_words(evidence: Evidence) -> str:
    """Who may administer the web interface on live, and who on the candidate."""
    if evidence.administration is None:
        return "the same on both" if evidence.directory else "not compared"
    administration = evidence.administration
    if administration.before == administration.after:
        return f"the same on both: {administration.before}"
    return (
        f"on {evidence.live} {administration.before}, on {evidence.candidate}"
        f" {administration.after}"
    )


# Evidence that was stored before there were these fields keeps its digest.
_LATER = frozenset(
    {"privileged", "administration", "accepted", "unmatched", "installer_sha256", "archives"}
)


def canonical(evidence: Evidence) -> bytes:
    facts = evidence.model_dump(mode="json")
    for fields, later in ((facts, _LATER), (facts["counts"] or {}, COUNTED_LATER)):
        for name in later & fields.keys():
            if not fields[name]:
                del fields[name]
    return json.dumps(facts, sort_keys=True, indent=1).encode()


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
