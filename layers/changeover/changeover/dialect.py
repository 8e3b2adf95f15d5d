"""What a family of SOCA releases looks like from outside, as data.

Source: awslabs/scale-out-computing-on-aws at tag 2.6.1 (Scheduler.sh, SchedulerPostReboot.sh,
Scheduler.template).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """Base DN, places in the tree, tags and the marks of a finished installation."""

    name: str
    base_dn: str
    root_dn: str
    people: str
    groups: str
    sudoers: str
    scaffold: tuple[str, ...]
    cluster_id_prefix: str
    ready_mark: str
    failure_marks: tuple[str, ...]

    def cluster_id(self, stack: str) -> str:
        """SOCA's own name for the release that is deployed as the given stack."""
        return self.cluster_id_prefix + stack.lower().removeprefix(self.cluster_id_prefix)

    def account_entries(self, account: str) -> tuple[str, ...]:
        """DNs of everything that SOCA makes for one account: user, private group, sudo role."""
        return (
            f"uid={account},{self.people}",
            f"cn={account},{self.groups}",
            f"cn={account},{self.sudoers}",
        )


SOCA_2_6 = Dialect(
    name="2.6",
    base_dn="dc=soca,dc=local",
    root_dn="cn=admin,dc=soca,dc=local",
    people="ou=People,dc=soca,dc=local",
    groups="ou=Group,dc=soca,dc=local",
    sudoers="ou=Sudoers,dc=soca,dc=local",
    scaffold=(
        "dc=soca,dc=local",
        "cn=admin,dc=soca,dc=local",
        "ou=People,dc=soca,dc=local",
        "ou=Group,dc=soca,dc=local",
        "ou=Sudoers,dc=soca,dc=local",
        "ou=admins,dc=soca,dc=local",
    ),
    cluster_id_prefix="soca-",
    ready_mark="Cluster: {cluster_id}",
    failure_marks=("ERROR WHILE CREATING ALIGO HPC", "FATAL ERROR: Checksum"),
)

DIALECTS = {SOCA_2_6.name: SOCA_2_6}
