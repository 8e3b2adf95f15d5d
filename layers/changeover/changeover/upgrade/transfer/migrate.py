"""Export Identities and Import Identities: everybody from live onto the candidate, proved equal."""

from collections.abc import Mapping

from changeover.cluster.release import Release, bootstrap_account
from changeover.errors import Conflict, Unhealthy
from changeover.identities import change_plan, directories, scope
from changeover.identities.administrators import Administration
from changeover.identities.conversion import convert_movable
from changeover.identities.counts import Counts
from changeover.identities.directories import Directory
from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.metrics import Measure, count
from changeover.ports.services import Services
from changeover.types import Digest, Value
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import logins, snapshots
from changeover.upgrade.transfer.checks import screen
from changeover.upgrade.transfer.privileged import Way, summed_up
from changeover.upgrade.transfer.shared import Located, prove_shared
from changeover.upgrade.transfer.sharing import if_shared
from changeover.upgrade.transfer.snapshots import Snapshot

_TOLD = 20


class ExportRequest(Value):
    plan: UpgradePlan


class ExportedIdentities(Value):
    """Where live's identities are, how many they are, and their digest as the candidate's.

    `findings`: how often each rule of a check is broken, `accepted` how often where that is
    accepted, `unmatched` acceptances that nothing needs. `privileged`: who can become root.
    `administration`: who administers before and after. Nothing of it where both releases share one
    directory.
    """

    snapshot: Snapshot | None = None
    counts: Counts | None = None
    digest: Digest | None = None
    findings: Mapping[Rule, int] = {}
    privileged: tuple[Way, ...] = ()
    administration: Administration | None = None
    accepted: Mapping[Rule, int] = {}
    unmatched: tuple[str, ...] = ()


class ImportRequest(Value):
    plan: UpgradePlan
    exported: ExportedIdentities


class ImportedIdentities(Value):
    """What the candidate has now, or the one `directory` that it shares with live."""

    counts: Counts | None = None
    digest: Digest | None = None
    directory: Located | None = None

    def metrics(self) -> list[Measure]:
        return [count("IdentitiesMoved", self.counts.total)] if self.counts else []


def _nothing_to_export(_: ExportRequest, __: Services) -> ExportedIdentities:
    return ExportedIdentities()


@if_shared(_nothing_to_export)
def export_identities(request: ExportRequest, services: Services) -> ExportedIdentities:
    """Take live's snapshot and prove that the move would lock nobody out."""
    plan = request.plan
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
    return ExportedIdentities(
        snapshot=taken,
        counts=directories.count(everybody, plan.dialect.hosts),
        digest=directories.digest(everybody),
        privileged=summed_up(screened.privileges),
        administration=screened.administration,
        findings=found.by_rule,
        accepted=found.accepted_by_rule,
        unmatched=found.unmatched[:_TOLD],
    )


def _find_shared(request: ImportRequest, services: Services) -> ImportedIdentities:
    plan = request.plan
    candidate = services.releases.get(plan.cluster, plan.candidate)
    return ImportedIdentities(directory=prove_shared(plan.live, candidate, services))


@if_shared(_find_shared)
def import_identities(request: ImportRequest, services: Services) -> ImportedIdentities:
    """Load live's identities into the candidate's directory and read them back.

    Again: does nothing when they are there. Raises Conflict when the candidate has others.
    """
    plan = request.plan
    services.releases.assert_held(plan.cluster, plan.fence)
    candidate = services.releases.get(plan.cluster, plan.candidate)
    assert request.exported.snapshot
    live = snapshots.load(request.exported.snapshot, services.evidence)
    everybody = converted(live_identities(live, plan), plan)
    before = read(candidate, plan, "before-import", services)
    if found := movable(before, candidate):
        if different := snapshots.differences(found, everybody):
            raise Conflict(f"{candidate.name} has identities of its own: {different}")
        return _imported(found, candidate)
    tree = scope.scaffold(before, candidate.dialect) | everybody
    after = snapshots.load(_load(tree, candidate, plan, services), services.evidence)
    found = scope.movable(after, candidate.dialect, ())
    if different := snapshots.differences(found, everybody):
        raise Unhealthy(f"{candidate.name}'s directory is not what was imported: {different}")
    return _imported(found, candidate)


def live_identities(directory: Directory, plan: UpgradePlan) -> dict[str, Entry]:
    """Entries of live's whole directory that move. Raises Refused if its base DN is another."""
    scope.check_base(directory, plan.live.dialect)
    return movable(directory, plan.live)


def converted(identities: Directory, plan: UpgradePlan) -> dict[str, Entry]:
    """Convert live's movable entries to the candidate's dialect. Raises Refused."""
    return convert_movable(identities, plan.live.dialect, plan.dialect)


def movable(directory: Directory, release: Release) -> dict[str, Entry]:
    """A release's identities without its scaffold and its installer's own accounts."""
    own = (*release.dialect.bootstrap_accounts, *release.leave_out)
    return scope.movable(directory, release.dialect, own)


def read(release: Release, plan: UpgradePlan, label: str, services: Services) -> Directory:
    """A release's whole directory as it is now."""
    return snapshots.load(snapshots.take(release, plan.run, label, services), services.evidence)


def apply(
    changes: tuple[change_plan.Change, ...],
    release: Release,
    plan: UpgradePlan,
    labels: tuple[str, str],
    services: Services,
) -> Snapshot:
    """Have a release's host apply changes to its directory, and copy it as it is then.

    The labels are those of the changes and of the copy. Raises Unhealthy when a change fails.
    """
    if not changes:
        return snapshots.take(release, plan.run, labels[1], services)
    place = snapshots.key(release.name, plan.run, labels[0])
    text = b"".join(change_plan.to_ldif(changes))
    taken, answer = snapshots.run_export(
        "apply_delta",
        release,
        plan.run,
        labels[1],
        services,
        **snapshots.parcel(text, place, services.evidence),
        **_root_access(release),
    )
    if answer != {"changes": len(changes)}:
        raise Unhealthy(
            f"{release.name}: {len(changes)} identity changes were sent, the host answers {answer}"
        )
    return taken


def _root_access(release: Release) -> dict[str, str]:
    """Who may change everything, and where that one's password is."""
    dialect = release.dialect
    password = {"PasswordSecret": dialect.password_secret(release.cluster_id)}
    if dialect.password_file:
        password = {"PasswordFile": dialect.password_file}
    return {"RootDn": dialect.root_dn, **password}


def _load(tree: Directory, candidate: Release, plan: UpgradePlan, services: Services) -> Snapshot:
    """Fill the candidate's directory; answers what it holds then."""
    place = snapshots.key(candidate.name, plan.run, "import")
    text = b"".join(directories.write_directory(tree.values()))
    taken, _ = snapshots.run_export(
        "import_identities",
        candidate,
        plan.run,
        "after-import",
        services,
        **snapshots.parcel(text, place, services.evidence),
    )
    return taken


def _imported(found: Directory, candidate: Release) -> ImportedIdentities:
    counts = directories.count(found, candidate.dialect.hosts)
    return ImportedIdentities(counts=counts, digest=directories.digest(found))


def _check_bootstrap_name(everybody: Directory, plan: UpgradePlan) -> None:
    account = bootstrap_account(plan.candidate)
    if any(dn.normal(name) in everybody for name in plan.dialect.account_entries(account)):
        raise Unhealthy(
            f"live has an account {account}, the name kept for the installer of {plan.candidate}:"
            " start again with another `release`"
        )
