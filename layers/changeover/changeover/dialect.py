"""What each family of SOCA releases looks like from outside, as data.

Source: awslabs/scale-out-computing-on-aws, cited TAG:path:line where a name does not tell.
"""

import re
from dataclasses import dataclass, replace

from changeover.identities import dn
from changeover.provider import Provider
from changeover.sign_in import WEB_2_6, WEB_24_10, WEB_25_8, WebInterface


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Places in the tree, accounts, paths, tags, headers and the marks of an installation.

    `first` and `last` are the versions it covers. `brand` begins what SOCA names after itself:
    cluster ids (`soca-`), tags (`soca:`), headers (`X-SOCA-`), folders. `base` may leave the
    cluster open, as `dc={cluster_id},dc=local` does: then there are no DNs before `of` or `at`.
    """

    name: str
    first: tuple[int, int]
    last: tuple[int, int] | None
    brand: str
    base: str
    people_unit: str
    group_unit: str
    sudoers_unit: str
    further_units: tuple[str, ...]
    private_group_suffix: str
    bootstrap_accounts: tuple[str, ...]
    password_file: str
    scheduler_tag: tuple[str, str]
    ready_mark: str
    failure_marks: tuple[str, ...]
    providers: tuple[Provider, ...]
    default_provider: Provider
    web: WebInterface
    configuration_directory: str = "/etc/openldap/slapd.d"
    database_directory: str = "/var/lib/ldap"

    def at(self, base_dn: str) -> "Dialect":
        """The same with another base DN, spelled as its server will print it."""
        return replace(self, base=dn.as_printed(base_dn))

    def of(self, cluster_id: str) -> "Dialect":
        """The same with the base DN that its installer gives this cluster by itself."""
        return self.at(self.base.format(cluster_id=cluster_id))

    @property
    def base_dn(self) -> str:
        if "{" in self.base:
            raise ValueError(f"SOCA {self.name}'s base DN depends on the cluster: use of() or at()")
        return self.base

    @property
    def root_dn(self) -> str:
        return f"cn=admin,{self.base_dn}"

    @property
    def people(self) -> str:
        return f"{self.people_unit},{self.base_dn}"

    @property
    def groups(self) -> str:
        return f"{self.group_unit},{self.base_dn}"

    @property
    def sudoers(self) -> str:
        return f"{self.sudoers_unit},{self.base_dn}"

    @property
    def scaffold(self) -> tuple[str, ...]:
        """DNs of what the installer makes on every release, parents first."""
        further = (f"{unit},{self.base_dn}" for unit in self.further_units)
        return (self.base_dn, self.root_dn, self.people, self.groups, self.sudoers, *further)

    def account_entries(self, account: str) -> tuple[str, ...]:
        """DNs of everything that SOCA makes for one account: user, private group, sudo role."""
        return (
            f"uid={account},{self.people}",
            f"cn={account}{self.private_group_suffix},{self.groups}",
            f"cn={account},{self.sudoers}",
        )

    def cluster_id(self, stack: str) -> str:
        """SOCA's own name for the release that is built here and deployed as the given stack."""
        return f"{self.brand}-{stack}"

    def cluster_ids(self, stack: str) -> tuple[str, ...]:
        """What SOCA may have called a release that was deployed by others, the likeliest first.

        Of its templates one takes SOCA's name off the front of the stack's, in capitals or not; the
        one for existing resources does not. Some lower the rest.
        """
        branded = stack.lower().startswith(self.brand)
        own = stack[len(self.brand) :].removeprefix("-") if branded else stack
        names = (own.lower(), own, stack.lower(), stack)
        return tuple(dict.fromkeys(self.cluster_id(name) for name in names if name))

    def password_secret(self, cluster_id: str) -> str:
        """Secret with the rootDN and its password as JSON; empty where `password_file` has it."""
        secret = f"/{self.brand}/{cluster_id}/UserDirectoryServiceAccount"
        return "" if self.password_file else secret

    def apps_directory(self, cluster_id: str) -> str:
        """The release's own folder on the shared file system."""
        return f"/apps/{self.brand}/{cluster_id}"

    def scheduler_tags(self, cluster_id: str) -> dict[str, str]:
        """EC2 tags that only the release's scheduler has, all of them together."""
        name, value = self.scheduler_tag
        return {
            f"{self.brand}:ClusterId": cluster_id,
            name: value.format(cluster_id=cluster_id),
        }

    def header(self, name: str) -> str:
        """A header of the web interface: `USER` or `TOKEN`."""
        return f"X-{self.brand.upper()}-{name}"


# 2.6.1:source/scripts/Scheduler.sh:181-287 (directory), SchedulerPostReboot.sh:191-246 (marks in
# /etc/motd), source/templates/Scheduler.template:83 (tag). Whoever installs it names its account.
SOCA_2_6 = Dialect(
    name="2.6",
    first=(2, 6),
    last=(2, 6),
    brand="soca",
    base="dc=soca,dc=local",
    people_unit="ou=People",
    group_unit="ou=Group",
    sudoers_unit="ou=Sudoers",
    further_units=("ou=admins",),
    private_group_suffix="",
    bootstrap_accounts=(),
    password_file="/root/OpenLdapAdminPassword.txt",  # noqa: S106 - where it is, not what it is
    scheduler_tag=("soca:NodeType", "scheduler"),
    ready_mark="Cluster: {cluster_id}",
    failure_marks=("ERROR WHILE CREATING ALIGO HPC", "FATAL ERROR: Checksum"),
    providers=(Provider.OPENLDAP,),
    default_provider=Provider.OPENLDAP,
    web=WEB_2_6,
)

# 2.7.0:source/soca/cluster_web_ui/config.py:174 (suffix), 2.7.0:installer/default_config.yml:82
# (providers), 2.7.5:source/scripts/SchedulerPostReboot.sh:407 (mark); a scheduler has a name but no
# tag for its kind (2.7.5:installer/resources/src/cdk_construct.py:1439).
SOCA_2_7 = replace(
    SOCA_2_6,
    name="2.7",
    first=(2, 7),
    last=(2, 7),
    private_group_suffix="socagroup",
    scheduler_tag=("Name", "{cluster_id}-Scheduler"),
    failure_marks=("ERROR WHILE CREATING SOCA HPC", "FATAL ERROR: Checksum"),
    providers=(Provider.OPENLDAP, Provider.ACTIVE_DIRECTORY),
)

# 24.10.0:installer/resources/src/cdk_construct.py:537-570 (base), 2097 (secret), 3041 (tag),
# default_config.yml:11 (account), 210-215 (providers), openldap_server.sh.j2:16-18, 116-144
# (scaffold). motd.sh.j2:38 still says in /etc/motd when it is done, but nothing that it failed.
SOCA_24_10 = replace(
    SOCA_2_7,
    name="24.10",
    first=(24, 10),
    last=(25, 7),
    base="dc={cluster_id},dc=local",
    people_unit="ou=people",
    group_unit="ou=group",
    sudoers_unit="ou=sudoers",
    further_units=(),
    bootstrap_accounts=("socaadmin",),
    password_file="",
    scheduler_tag=("soca:NodeType", "controller"),
    failure_marks=(),
    providers=(
        Provider.OPENLDAP,
        Provider.EXISTING_OPENLDAP,
        Provider.SIMPLE_AD,
        Provider.MANAGED_AD,
        Provider.EXISTING_AD,
    ),
    default_provider=Provider.MANAGED_AD,
    web=WEB_24_10,
)

# The same from outside; its web interface lets fewer people in.
SOCA_25_8 = replace(SOCA_24_10, name="25.8", first=(25, 8), last=(26, 3), web=WEB_25_8)

# 26.4.0:installer/default_config.yml:10 (account), 285-289 (providers),
# installer/resources/src/install_soca.py:1385 (prefix), cdk_construct.py:5706 (tag), 5726 (secret).
SOCA_26_4 = replace(
    SOCA_25_8,
    name="26.4",
    first=(26, 4),
    last=None,
    brand="edh",
    bootstrap_accounts=("edhadmin",),
    scheduler_tag=("edh:NodeType", "controller"),
    providers=tuple(each for each in SOCA_24_10.providers if each is not Provider.SIMPLE_AD),
)

_ALL = (SOCA_2_6, SOCA_2_7, SOCA_24_10, SOCA_25_8, SOCA_26_4)
DIALECTS = {each.name: each for each in _ALL}
"""By name, the oldest first."""


def dialect_of(version: str) -> Dialect:
    """The dialect of a release such as `2.7.5`. Raises ValueError, which names those there are."""
    numbers = re.fullmatch(r"(\d+)\.(\d+)(?:[.-].*)?", version)
    if numbers:
        wanted = int(numbers[1]), int(numbers[2])
        for dialect in DIALECTS.values():
            if dialect.first <= wanted and (dialect.last is None or wanted <= dialect.last):
                return dialect
    raise ValueError(f"{version!r} is no SOCA release that is known: {', '.join(DIALECTS)}")
