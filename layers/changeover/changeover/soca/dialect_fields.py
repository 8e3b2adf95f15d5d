"""What is known of a family of SOCA releases: the fields, and the names that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from changeover.ldap import dn, schema
from changeover.ldap.schema import SOCA
from changeover.soca.crypt_methods import EVERY_HOST, HOSTS_OF, Hosts
from changeover.soca.directory_provider import Provider
from changeover.soca.sign_in import WebInterface


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Places in the tree, accounts, paths, tags, headers and the marks of an installation.

    `first` and `last` are the versions it covers. `brand` begins what SOCA names after itself:
    cluster ids (`soca-`), tags (`soca:`), headers (`X-SOCA-`), folders. `base` may leave the
    cluster open, as `dc={cluster_id},dc=local` does: then there are no DNs before `of` or `at`.
    `hosts` are the kinds of systems that its scheduler can run on, by their libcrypt.
    `schemas` are the files that its slapd loads, `own_schema` what a site's loads besides.
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
    hosts: Hosts = EVERY_HOST
    schemas: tuple[str, ...] = SOCA
    own_schema: tuple[tuple[str, str], ...] = ()

    def at(self, base_dn: str) -> "Dialect":
        """The same with another base DN, spelled as its server will print it."""
        return replace(self, base=dn.as_printed(base_dn))

    def on(self, base_os: str) -> "Dialect":
        """The same on one operating system, as SOCA's parameter BaseOS names it.

        An empty or unknown name changes nothing: the scheduler may then run on any of `hosts`.
        """
        return replace(self, hosts=HOSTS_OF.get(base_os, self.hosts))

    def with_schema(self, definitions: Mapping[str, str]) -> "Dialect":
        """The same where a site's slapd loads more; texts of definitions by where they are from.

        Raises BadSchema.
        """
        return replace(self, own_schema=schema.own_definitions(definitions))

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
