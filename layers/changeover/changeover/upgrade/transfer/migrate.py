"""Export Identities and Import Identities: copy live's identities to the candidate."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from changeover.cluster.release import Release, bootstrap_account
from changeover.errors import Conflict, Unhealthy
from changeover.identities import directories, scope
from changeover.identities.administrators import Administration
from changeover.identities.conversion import convert_movable
from changeover.identities.counts import Counts
from changeover.identities.directories import Directory
from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.metrics import Measure, count
from changeover.ports.services import Services
from changeover.soca.directory_provider import Move
from changeover.types import Digest, Value
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import host_directory, logins, snapshots
from changeover.upgrade.transfer.checks import screen
from changeover.upgrade.transfer.privileged import Way, summed_up
from changeover.upgrade.transfer.shared import SharedDirectory, SharedIdentities, prove_shared
from changeover.upgrade.transfer.snapshots import Snapshot

_TOLD = 20


class ExportRequest(Value):
    plan: UpgradePlan


class CarriedIdentities(Value):
    """Live's snapshot, and facts about its identities after conversion to the candidate's dialect.

    `counts` and `digest` describe the converted identities. `findings` maps each broken rule of the
    check to its number of entries, `accepted` to the number accepted in the configuration.
    `unmatched` lists acceptances that match no finding. `privileged` lists the ways to become root.
    `administration` compares the administrators on live and on the candidate.
    """

    move: Literal[Move.CARRIED] = Move.CARRIED
    snapshot: Snapshot
    counts: Counts
    digest: Digest
    findings: Mapping[Rule, int] = {}
    privileged: tuple[Way, ...] = ()
    administration: Administration | None = None
    accepted: Mapping[Rule, int] = {}
    unmatched: tuple[str, ...] = ()


ExportedIdentities = Annotated[CarriedIdentities | SharedIdentities, Field(discriminator="move")]
"""Answer of Export Identities."""


class ImportRequest(Value):
    plan: UpgradePlan
    exported: ExportedIdentities


class LoadedIdentities(Value):
    """Number and digest of the identities that the candidate's directory has now."""

    move: Literal[Move.CARRIED] = Move.CARRIED
    counts: Counts
    digest: Digest

    def metrics(self) -> list[Measure]:
        return [count("IdentitiesMoved", self.counts.total)]


ImportedIdentities = Annotated[LoadedIdentities | SharedDirectory, Field(discriminator="move")]
"""Answer of Import Identities."""


def export_identities(request: ExportRequest, services: Services) -> ExportedIdentities:
    """Take live's snapshot and check its identities; a shared directory is not exported.

    Returns the snapshot with counts, digest and findings. Raises Unhealthy for findings that stop
    an upgrade. Raises Refused if an entry cannot be converted.
    """
    plan = request.plan
    if plan.move is Move.SHARED:
        return SharedIdentities()
    taken = snapshots.take(plan.live, plan.run, "export", services)
    live = snapshots.load(taken, services.evidence)
    here = live_identities(live, plan)
    accepted = plan.configuration.accepted_findings
    logins.prove_complete(here, plan.live.name, accepted, plan.dialect.hosts)
    foreign_root = scope.foreign_root(live, plan.live.dialect)
    screened = screen(here, plan.live, accepted, plan.dialect, foreign_root)
    found = screened.findings
    everybody = converted(here, plan)
    _check_bootstrap_name(everybody, plan)
    return CarriedIdentities(
        snapshot=taken,
        counts=directories.count(everybody, plan.dialect.hosts),
        digest=directories.digest(everybody),
        privileged=summed_up(screened.privileges),
        administration=screened.administration,
        findings=found.by_rule,
        accepted=found.accepted_by_rule,
        unmatched=found.unmatched[:_TOLD],
    )


def import_identities(request: ImportRequest, services: Services) -> ImportedIdentities:
    """Load live's identities into the candidate's directory and read them back.

    A second call changes nothing. A shared directory is located on both hosts, and not changed.
    Returns counts and digest, or the shared directory. Raises Conflict if the candidate has
    identities of its own. Raises Unhealthy if the directory that is read back differs, or if the
    hosts do not share one directory.
    """
    plan, exported = request.plan, request.exported
    if isinstance(exported, SharedIdentities):
        candidate = services.releases.get(plan.cluster, plan.candidate)
        return SharedDirectory(directory=prove_shared(plan.live, candidate, services))
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    live = snapshots.load(exported.snapshot, services.evidence)
    everybody = converted(live_identities(live, plan), plan)
    before = host_directory.read(candidate, plan, "before-import", services)
    if found := movable(before, candidate):
        if different := snapshots.differences(found, everybody):
            raise Conflict(f"{candidate.name} has identities of its own: {different}")
        return _loaded(found, candidate)
    tree = scope.scaffold(before, candidate.dialect) | everybody
    taken = host_directory.fill(tree, candidate, plan, services)
    after = snapshots.load(taken, services.evidence)
    found = scope.movable(after, candidate.dialect, ())
    if different := snapshots.differences(found, everybody):
        raise Unhealthy(f"{candidate.name}'s directory is not what was imported: {different}")
    return _loaded(found, candidate)


def live_identities(directory: Directory, plan: UpgradePlan) -> dict[str, Entry]:
    """Return the entries of live's directory that move. Raises Refused for another base DN."""
    scope.check_base(directory, plan.live.dialect)
    return movable(directory, plan.live)


def converted(identities: Directory, plan: UpgradePlan) -> dict[str, Entry]:
    """Convert live's movable entries to the candidate's dialect.

    Raises Refused if an entry cannot be converted.
    """
    return convert_movable(identities, plan.live.dialect, plan.dialect)


def movable(directory: Directory, release: Release) -> dict[str, Entry]:
    """Return a release's entries, except SOCA's base entries and its installer's own accounts."""
    own = (*release.dialect.bootstrap_accounts, *release.leave_out)
    return scope.movable(directory, release.dialect, own)


def _loaded(found: Directory, candidate: Release) -> LoadedIdentities:
    counts = directories.count(found, candidate.dialect.hosts)
    return LoadedIdentities(counts=counts, digest=directories.digest(found))


def _check_bootstrap_name(everybody: Directory, plan: UpgradePlan) -> None:
    account = bootstrap_account(plan.candidate)
    if any(dn.normal(name) in everybody for name in plan.dialect.account_entries(account)):
        raise Unhealthy(
            f"live has an account {account}, but SOCA's installer uses this name for"
            f" {plan.candidate}: start again with another `release`"
        )
