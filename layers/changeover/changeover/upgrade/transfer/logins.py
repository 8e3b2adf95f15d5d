"""Who can log in with a password: proved at the export, compared with it at the freeze.

A user who cannot log in on live loses nothing by the move, and may have done it himself: SOCA lets
users write their own userPassword. So only the whole can stop a run, never one of many.
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

    How many, and the DNs of the first. They are carried over as they are.
    """

    number: int = 0
    first: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], live: Directory) -> Self:
        """From the normalized names of their entries on live."""
        return cls(number=len(names), first=tuple(live[name].dn for name in names[:_TOLD]))

    def describe(self) -> str:
        """For people; empty when there are none."""
        if not self.number:
            return ""
        return (
            f"{self.number} of the users could log in with a password at the export and cannot any"
            f" more. They were carried over as live has them: {some(self.first)}."
        )


def lost_key(run: str) -> str:
    """Where a run keeps its LostLogins."""
    return f"runs/{run}/lost-logins.json"


def prove_complete(
    directory: Directory,
    release: str,
    accepted: Iterable[Acceptance] = (),
    hosts: Hosts = EVERY_HOST,
) -> None:
    """Raises Unhealthy when there is no user, or none who could log in after a move."""
    counts = directories.count(directory, hosts)
    if not counts.users:
        raise Unhealthy(f"{release}'s export holds no user at all")
    if not (counts.with_login or Accepted(accepted).covering(Rule.NO_HASH, "")):
        raise Unhealthy(
            f"{release}'s export lacks the password hash of {counts.users} of {counts.users} users"
            f" ({counts.logins_in_words()}): the export could not read userPassword, or none of"
            " its values opens. Run slapcat as root on the scheduler to see which. Where all users"
            f" log in by single sign-on only, accept `{Rule.NO_HASH}` in `accepted_findings`"
        )


def prove_kept(
    able: AbstractSet[str], late: AbstractSet[str], live: Directory, plan: UpgradePlan
) -> Sequence[str]:
    """Users who lost their login since the export. On live they have lost it, too."""
    configuration, hosts = plan.configuration, plan.dialect.hosts
    prove_complete(live, plan.live.name, configuration.accepted_findings, hosts)
    changed = {name: live[name] for name in able & late if name in live}
    lost = sorted(changed.keys() - directories.with_login(changed, hosts))
    _check_ceiling(lost, len(able), plan.live.name, configuration.ceilings)
    return lost


def _check_ceiling(lost: Sequence[str], able: int, release: str, ceilings: Ceilings) -> None:
    """Raises Unhealthy when too many of those `able` to log in at the export cannot any more.

    One user who locks himself out stops nothing; hashes that vanish by the dozen are a disaster.
    """
    if len(lost) * 100 > ceilings.lost_logins_percent * able:
        raise Unhealthy(
            f"{len(lost)} of {able} users who could log in on {release} at the export cannot any"
            f" more ({some(lost)}); at most {ceilings.lost_logins_percent} % are allowed. If this"
            " is meant, raise `ceilings.lost_logins_percent` in the cluster's configuration"
        )
