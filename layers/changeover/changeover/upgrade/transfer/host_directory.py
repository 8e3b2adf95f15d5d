"""Read, fill and change the LDAP directory on a release's scheduler host, by SSM documents."""

from changeover.cluster.release import Release
from changeover.errors import Unhealthy
from changeover.identities import change_plan, directories
from changeover.identities.directories import Directory
from changeover.ports.services import Services
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer import snapshots
from changeover.upgrade.transfer.snapshots import Snapshot


def read(release: Release, plan: UpgradePlan, label: str, services: Services) -> Directory:
    """Export and return a release's whole directory. `label` names the snapshot within the run."""
    return snapshots.load(snapshots.take(release, plan.run, label, services), services.evidence)


def fill(tree: Directory, candidate: Release, plan: UpgradePlan, services: Services) -> Snapshot:
    """Replace the candidate's directory by these entries, and return an export of the result.

    Raises Unhealthy if the SSM document fails.
    """
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


def apply(
    changes: tuple[change_plan.Change, ...],
    release: Release,
    plan: UpgradePlan,
    labels: tuple[str, str],
    services: Services,
) -> Snapshot:
    """Apply changes to a release's directory, and return an export of the result.

    `labels` name the LDIF of the changes and the export. Raises Unhealthy if a change fails.
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
            f"{release.name}: {len(changes)} identity changes were sent, but the host answered"
            f" {answer}"
        )
    return taken


def _root_access(release: Release) -> dict[str, str]:
    """Return the document's parameters: the rootDN, and where the host finds its password."""
    dialect = release.dialect
    password = {"PasswordSecret": dialect.password_secret(release.cluster_id)}
    if dialect.password_file:
        password = {"PasswordFile": dialect.password_file}
    return {"RootDn": dialect.root_dn, **password}
