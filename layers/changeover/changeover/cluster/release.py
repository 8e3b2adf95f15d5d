"""The record of a release in DynamoDB, and how releases are numbered."""

import re
from collections.abc import Iterable
from enum import StrEnum

from pydantic import AliasChoices, AwareDatetime, Field

from changeover.cluster.source import Archive
from changeover.errors import Conflict
from changeover.soca.dialect import DIALECTS, SOCA_2_6, Dialect
from changeover.soca.directory_provider import Provider
from changeover.types import (
    AccountName,
    BaseDn,
    ClusterName,
    DialectName,
    Digest,
    ImageId,
    ParameterValue,
    ReleaseName,
    Value,
)


class Role(StrEnum):
    """The role of a release in its cluster."""

    LIVE = "live"
    CANDIDATE = "candidate"
    PREVIOUS = "previous"
    DISCARDED = "discarded"
    ROLLED_BACK = "rolled-back"


class Release(Value):
    """One deployed SOCA stack, as DynamoDB stores it.

    `dialect_name` is the family of SOCA releases. `base_dn` is empty where SOCA's installer chose
    it. `base_os` is SOCA's parameter BaseOS, empty if unknown. `instance` is the scheduler's EC2
    instance. `leave_out` are accounts that the installer made and that never move.

    `served_users` is set just before the load balancer first sends users to it. `retreating` is set
    as soon as its run goes back. `users_left_at` is when users were taken away from it.

    `parity` is the sha256 of the snapshot that was proved equal to live's. `proved_at` is when that
    was last proved, or that both releases share one directory. A previous release is not to be
    retired before `kept_until`.

    `built_from` are its archives. `installer_sha256` is the digest of its whole `install_folder`.
    `build_report` is the sha256 of its build's report. These are unknown where 0.1.0 built the
    release, or Changeover did not build it.
    """

    cluster: ClusterName
    name: ReleaseName
    role: Role
    cluster_id: str
    run: str
    recorded_at: AwareDatetime
    dialect_name: DialectName = Field(
        SOCA_2_6.name, validation_alias=AliasChoices("dialect_name", "dialect")
    )
    provider: Provider = Provider.OPENLDAP
    base_dn: BaseDn = ""
    base_os: ParameterValue = ""
    image: ImageId | None = None
    instance: str = ""
    target_group: str = ""
    install_folder: str = ""
    template_url: str = ""
    built_from: tuple[Archive, ...] = ()
    installer_sha256: Digest | None = None
    build_report: Digest | None = None
    leave_out: tuple[AccountName, ...] = ()
    served_users: bool = Field(
        default=False, validation_alias=AliasChoices("served_users", "took_users")
    )
    retreating: bool = False
    users_left_at: AwareDatetime | None = Field(
        default=None, validation_alias=AliasChoices("users_left_at", "left_at")
    )
    parity: Digest | None = None
    proved_at: AwareDatetime | None = None
    kept_until: AwareDatetime | None = None

    @property
    def dialect(self) -> Dialect:
        known = dialect_at(self.dialect_name, self.base_dn, self.cluster_id)
        return known.on(self.base_os)

    def as_(self, role: Role) -> "Release":
        return self.model_copy(update={"role": role})


def dialect_at(name: str, base_dn: str, cluster_id: str) -> Dialect:
    """Return a release's dialect. With an empty base DN, use the one SOCA's installer chooses."""
    known = DIALECTS[name]
    return known.at(base_dn) if base_dn else known.of(cluster_id)


def with_role(releases: Iterable[Release], role: Role) -> tuple[Release, ...]:
    return tuple(release for release in releases if release.role is role)


def live_of(releases: Iterable[Release]) -> Release | None:
    """The release on record as live. None when there is none."""
    return next(iter(with_role(releases, Role.LIVE)), None)


def only_live(releases: Iterable[Release], cluster: str) -> Release:
    """The one release on record as live. Raises Conflict when there is none, or more than one."""
    live = with_role(releases, Role.LIVE)
    if len(live) != 1:
        names = ", ".join(release.name for release in live) or "none"
        raise Conflict(
            f"cluster {cluster} must have one live release on record, but has {names}: correct the"
            " release table"
        )
    return live[0]


def number_of(name: str, cluster: str) -> int:
    """7 for `hpc-r7`; 0 for a name that is not numbered in this cluster."""
    match = re.fullmatch(re.escape(cluster) + r"-r([1-9][0-9]*)", name)
    return int(match[1]) if match else 0


def next_name(cluster: str, releases: Iterable[Release]) -> str:
    """Return the next unused name, such as `hpc-r8`.

    Names are never used again, because a stack's secrets outlive the stack.
    """
    return f"{cluster}-r{max((number_of(r.name, cluster) for r in releases), default=0) + 1}"


def bootstrap_account(candidate: str) -> str:
    """Return the name of the account that SOCA's installer creates on a candidate.

    No person has this name, because the installer overwrites the account's home directory.
    """
    return f"bootstrap-{candidate}"
