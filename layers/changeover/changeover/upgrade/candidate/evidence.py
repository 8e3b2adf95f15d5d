"""Evidence of a run: everything that an approver decides on, its digest, and texts about it."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import AliasChoices, Field, ValidationError

from changeover.cluster.source import Archive
from changeover.errors import Unhealthy
from changeover.identities.administrators import Administration
from changeover.identities.counts import COUNTED_LATER, Counts
from changeover.identities.findings import Rule
from changeover.ports.services import Services
from changeover.types import Digest, Value
from changeover.upgrade.archives import describe as describe_archives
from changeover.upgrade.candidate.build_report import BuildItem
from changeover.upgrade.candidate.health import Probes
from changeover.upgrade.transfer.checks import describe
from changeover.upgrade.transfer.privileged import Way
from changeover.upgrade.transfer.privileged import describe as describe_ways
from changeover.upgrade.transfer.shared import Located


class Evidence(Value):
    """Everything that an approver decides on.

    `counts` and both digests are set if identities were copied. `directory` is set instead if both
    releases share one directory. `image_facts` and `image_warnings` describe the candidate's AMI,
    `image`. `build` is the build's report, empty where an earlier version built the release.
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
    build: tuple[BuildItem, ...] = ()
    counts: Counts | None
    live_digest: Digest | None
    candidate_digest: Digest | None
    findings: Mapping[str, int]  # by rule name; evidence of an older version has older names
    privileged: tuple[Way, ...] = ()
    accepted: Mapping[Rule, int] = {}
    unmatched: tuple[str, ...] = ()
    directory: Located | None
    live_probes: Probes
    candidate_probes: Probes
    administration: Administration | None = None


def identities_in_words(evidence: Evidence) -> str:
    """Return how many identities the candidate has, and the digest that proves them equal."""
    if shared := evidence.directory:
        return f"no identity is copied: both releases use {shared.base} at {shared.uri}"
    if evidence.counts is None:
        return "not counted, and no shared directory was found"
    counts = evidence.counts
    all_log_in = counts.password_hashes == counts.users
    logins = "" if all_log_in else f" of the users, {counts.logins_in_words()};"
    return (
        f"{counts.users} users, {counts.groups} groups, {counts.sudo_roles} sudo roles;{logins}"
        f" proved equal on both releases (sha256 {evidence.candidate_digest:.16}…)"
    )


def installer_in_words(evidence: Evidence) -> tuple[str, ...]:
    """Return one line for the installer that the candidate boots from and one for each archive."""
    if not evidence.installer_sha256:
        return ()
    installed = f"{evidence.install_folder}: sha256 {evidence.installer_sha256:.16}… of all files"
    return (installed, *describe_archives(evidence.archives))


def findings_in_words(evidence: Evidence) -> str:
    """Return the findings of the identity check on live, by rule, and the accepted ones."""
    if evidence.directory:
        return "not checked, because no identity is copied"
    told = (
        ("warnings, copied unchanged from live", describe(evidence.findings)),
        ("accepted in the configuration", describe(evidence.accepted)),
        ("accepted in the configuration but not found", ", ".join(evidence.unmatched)),
    )
    return "; ".join(f"{what}: {which}" for what, which in told if which) or "no warnings"


def privileged_in_words(evidence: Evidence) -> tuple[str, ...]:
    """Return one line for each way to become root, with the users who have it."""
    return tuple(describe_ways(evidence.privileged))


def administrators_in_words(evidence: Evidence) -> str:
    """Return the administrators of SOCA's web interface on live and on the candidate."""
    if evidence.administration is None:
        return "the same on both" if evidence.directory else "not compared"
    administration = evidence.administration
    if administration.before == administration.after:
        return f"the same on both: {administration.before}"
    return (
        f"on {evidence.live}: {administration.before}; on {evidence.candidate}:"
        f" {administration.after}"
    )


# Fields added later. They are left out while empty, so that older evidence keeps its digest.
_LATER = frozenset(
    {
        *("privileged", "administration", "accepted", "unmatched"),
        *("installer_sha256", "archives", "build"),
    }
)


def canonical(evidence: Evidence) -> bytes:
    """Return the evidence as JSON with sorted keys; the same evidence gives the same bytes."""
    facts = evidence.model_dump(mode="json")
    for fields, later in ((facts, _LATER), (facts["counts"] or {}, COUNTED_LATER)):
        for name in later & fields.keys():
            if not fields[name]:
                del fields[name]
    return json.dumps(facts, sort_keys=True, indent=1).encode()


def evidence_digest(evidence: Evidence) -> Digest:
    """Return the sha256 of the canonical JSON."""
    return hashlib.sha256(canonical(evidence)).hexdigest()


def read_evidence(key: str, services: Services) -> Evidence:
    """Read evidence from its S3 key. Raises Unhealthy if it is missing or is not valid evidence."""
    try:
        return Evidence.model_validate_json(services.evidence.read(key))
    except ValidationError as error:
        raise Unhealthy(f"{key} is not the evidence that was stored there") from error
