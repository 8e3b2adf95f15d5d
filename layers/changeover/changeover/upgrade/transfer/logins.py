"""Users who can log in with a password: checked at the export, compared again at the freeze.

A user who cannot log in on live loses nothing by the move. Users can cause that themselves, because
SOCA lets them write their own userPassword. So a single user never stops a run; only the total can.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

from changeover.errors import Unhealthy
from changeover.identities import directories
from changeover.identities.accepted_findings import Acceptance, Accepted
from changeover.identities.change_plan import Ceilings
from changeover.identities.directories import Directory
from changeover.identities.findings import Rule
from changeover.soca.crypt_methods import EVERY_HOST, Hosts
from changeover.types import Value
from changeover.upgrade.plan import UpgradePlan
from changeover.upgrade.transfer.snapshots import some

_TOLD = 20


class LostLogins(Value):
    """Users who could log in with a password at the export, and cannot on live at the freeze.

    `number` counts them, `first` has the DNs of the first 20. Their entries are copied unchanged.
    """

    number: int = 0
    first: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], live: Directory) -> Self:
        """Build it from the normalized DNs of the users' entries on live."""
        return cls(number=len(names), first=tuple(live[name].dn for name in names[:_TOLD]))

    def describe(self) -> str:
        """Return a text for people; empty if there are none."""
        if not self.number:
            return ""
        return (
            f"{self.number} of the users could log in with a password at the export and cannot any"
            f" more. Their entries were copied from live unchanged: {some(self.first)}."
        )


def lost_key(run: str) -> str:
    """Return the S3 key of a run's LostLogins."""
    return f"runs/{run}/lost-logins.json"


def prove_complete(
    directory: Directory,
    release: str,
    accepted: Iterable[Acceptance] = (),
    hosts: Hosts = EVERY_HOST,
) -> None:
    """Check that the export is complete.

    Raises Unhealthy if the directory has no user, or if no user could log in after the move and
    the rule `no-hash` is not accepted.
    """
    counts = directories.count(directory, hosts)
    if not counts.users:
        raise Unhealthy(
            f"{release}'s export holds no user at all: check its base DN and its LDAP directory"
        )
    if not (counts.with_login or Accepted(accepted).covering(Rule.NO_HASH, "")):
        raise Unhealthy(
            f"{release}'s export lacks the password hash of {counts.users} of {counts.users} users"
            f" ({counts.logins_in_words()}): the export could not read userPassword, or no value"
            " of it can be used to log in. Run slapcat as root on the scheduler to see which. If"
            f" all users log in by single sign-on, accept `{Rule.NO_HASH}` in `accepted_findings`"
        )


def prove_kept(
    able: AbstractSet[str], late: AbstractSet[str], live: Directory, plan: UpgradePlan
) -> Sequence[str]:
    """Return the normalized DNs of users who lost their login since the export, on live too.

    `able` holds the DNs of users who could log in at the export, `late` those of entries that
    changed since. Raises Unhealthy if more users lost it than `ceilings` allows.
    """
    configuration, hosts = plan.configuration, plan.dialect.hosts
    prove_complete(live, plan.live.name, configuration.accepted_findings, hosts)
    changed = {name: live[name] for name in able & late if name in live}
    lost = sorted(changed.keys() - directories.with_login(changed, hosts))
    _check_ceiling(lost, len(able), plan.live.name, configuration.ceilings)
    return lost


def _check_ceiling(lost: Sequence[str], able: int, release: str, ceilings: Ceilings) -> None:
    """Raises Unhealthy if too many of the `able` users lost their login since the export.

    One locked-out user must not stop a run, but many lost password hashes mean a disaster.
    """
    if len(lost) * 100 > ceilings.lost_logins_percent * able:
        raise Unhealthy(
            f"{len(lost)} of {able} users who could log in on {release} at the export cannot any"
            f" more ({some(lost)}); at most {ceilings.lost_logins_percent} % are allowed. If this"
            " is intended, raise `ceilings.lost_logins_percent` in the cluster's configuration"
        )
