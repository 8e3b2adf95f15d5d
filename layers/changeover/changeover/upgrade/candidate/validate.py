"""Validate Candidate: probe both scheduler hosts, compare the results, and store the evidence."""

from typing import Any

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.identities.counts import Counts
from changeover.images import records
from changeover.ports.services import Services
from changeover.types import Digest, Value
from changeover.upgrade.candidate import build_report, installer
from changeover.upgrade.candidate.evidence import Evidence, canonical, evidence_digest
from changeover.upgrade.candidate.health import Probes, judge, judge_beside, judge_health, probe
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer.migrate import (
    CarriedIdentities,
    ExportedIdentities,
    ImportedIdentities,
    LoadedIdentities,
)
from changeover.upgrade.transfer.shared import SharedDirectory, SharedIdentities


class ValidationRequest(Value):
    plan: UpgradePlan
    exported: ExportedIdentities
    imported: ImportedIdentities


class Validated(Value):
    """The S3 key of the evidence, and the sha256 that an approval is bound to."""

    evidence_key: str
    evidence_digest: Digest


def validate_candidate(request: ValidationRequest, services: Services) -> Validated:
    """Probe both releases and store the evidence for the approver.

    Returns the evidence's S3 key and digest. Raises Unhealthy with every problem found, or if the
    installer's files are not those that the build made.
    """
    plan = request.plan
    candidate = services.releases.get(plan.cluster, plan.candidate)
    here = probe(plan.live, plan.configuration, services)
    there = probe(candidate, plan.configuration, services)
    problems = judge(there, candidate.provider) + judge_beside(there, here)
    problems += judge_identities(request.exported, request.imported, there)
    problems += judge_health(*services.front_door.health(candidate.target_group))
    if problems:
        raise Unhealthy(f"{candidate.name} is not fit for users: {'; '.join(problems)}", problems)
    evidence = _evidence(request, candidate, here, there, services)
    key = f"runs/{plan.run}/evidence.json"
    services.evidence.write(key, canonical(evidence))
    return Validated(evidence_key=key, evidence_digest=evidence_digest(evidence))


def judge_identities(
    exported: ExportedIdentities, imported: ImportedIdentities, probes: Probes
) -> list[str]:
    """Return each reason why the candidate's identities are not live's; empty if they are."""
    match exported, imported:
        case CarriedIdentities(), LoadedIdentities():
            differ = exported.digest != imported.digest
            problems = ["live's and the candidate's identity digests differ"] if differ else []
            return _judge_counts(probes, imported.counts) + problems
        case SharedIdentities(), SharedDirectory():
            return []
    return [
        f"the export says {exported.move}, but the import says {imported.move}: start a new run"
    ]


def _evidence(
    request: ValidationRequest, candidate: Release, here: Probes, there: Probes, services: Services
) -> Evidence:
    plan = request.plan
    installer_sha256 = installer.judge(
        candidate.install_folder, candidate.installer_sha256, services.evidence
    )
    image_facts, image_warnings = records.facts(plan.image, services)
    live_image_facts, _ = records.facts(plan.live.image, services)
    return Evidence(
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
        build=build_report.read(plan.run, candidate.build_report, services.evidence),
        live_probes=here,
        candidate_probes=there,
        **_of_export(request.exported),
        **_of_import(request.imported),
    )


def _of_export(exported: ExportedIdentities) -> dict[str, Any]:
    """Return the evidence's fields about live's identities."""
    if isinstance(exported, SharedIdentities):
        return {"live_digest": None, "findings": {}}
    return {
        "live_digest": exported.digest,
        "findings": exported.findings,
        "privileged": exported.privileged,
        "accepted": exported.accepted,
        "unmatched": exported.unmatched,
        "administration": exported.administration,
    }


def _of_import(imported: ImportedIdentities) -> dict[str, Any]:
    """Return the evidence's fields about the candidate's identities."""
    if isinstance(imported, SharedDirectory):
        return {"counts": None, "candidate_digest": None, "directory": imported.directory}
    return {"counts": imported.counts, "candidate_digest": imported.digest, "directory": None}


def _judge_counts(probes: Probes, counts: Counts) -> list[str]:
    found = {"users": probes.users, "groups": probes.groups, "sudo roles": probes.sudo_roles}
    meant = {"users": counts.users, "groups": counts.groups, "sudo roles": counts.sudo_roles}
    return [
        f"the host counts {found[what]} {what}, but {meant[what]} were imported"
        for what in found
        if found[what] != meant[what]
    ]
