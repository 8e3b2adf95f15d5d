"""The fields of a dialect (a family of SOCA releases), and the names derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from changeover.ldap import dn, schema
from changeover.ldap.schema import SOCA
from changeover.soca.crypt_methods import EVERY_HOST, HOSTS_OF, Hosts
from changeover.soca.directory_provider import Provider
from changeover.soca.sign_in import WebInterface


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """DNs, accounts, paths, tags, HTTP headers and installation marks of a SOCA release family.

    `first` and `last` are the versions it covers, inclusive; `last` is None if there is no end.
    `brand` is the prefix of SOCA's own names: cluster ids (`soca-`), tags (`soca:`), headers
    (`X-SOCA-`) and folders. `base` is the base DN. It may contain `{cluster_id}`; then call `of`
    or `at` before reading any DN. `hosts` are the libcrypts of the systems that its scheduler
    host can run on. `schemas` are the schema files that its slapd loads. `own_schema` is the
    schema that a site adds.
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
        """Return a copy with another base DN, spelled as slapd prints it."""
        return replace(self, base=dn.as_printed(base_dn))

    def on(self, base_os: str) -> "Dialect":
        """The same on one operating system, as SOCA's parameter BaseOS names it.

        An empty or unknown name changes nothing: the scheduler may then run on any of `hosts`.
        """
        return replace(self, hosts=HOSTS_OF.get(base_os, self.hosts))

    def with_schema(self, definitions: Mapping[str, str]) -> "Dialect":
        """Return a copy that also has a site's schema definitions, given as {source: text}.

        Raises BadSchema if a definition is wrong.
        """
        return replace(self, own_schema=schema.own_definitions(definitions))

    def of(self, cluster_id: str) -> "Dialect":
        """Return a copy with the base DN that SOCA's installer chooses for this cluster."""
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
        """DNs of the entries that SOCA's installer creates on every release, parents first."""
        further = (f"{unit},{self.base_dn}" for unit in self.further_units)
        return (self.base_dn, self.root_dn, self.people, self.groups, self.sudoers, *further)

    def account_entries(self, account: str) -> tuple[str, ...]:
        """DNs of the entries that SOCA creates for one account: user, private group, sudo role."""
        return (
            f"uid={account},{self.people}",
            f"cn={account}{self.private_group_suffix},{self.groups}",
            f"cn={account},{self.sudoers}",
        )

    def cluster_id(self, stack: str) -> str:
        """SOCA's cluster id of a release that Changeover deploys as the given stack."""
        return f"{self.brand}-{stack}"

    def cluster_ids(self, stack: str) -> tuple[str, ...]:
        """Possible cluster ids of a stack that Changeover did not deploy, the likeliest first.

        One SOCA template removes the brand from the front of the stack name, in any case. The
        template for existing resources does not. Some convert the rest to lower case.
        """
        branded = stack.lower().startswith(self.brand)
        own = stack[len(self.brand) :].removeprefix("-") if branded else stack
        names = (own.lower(), own, stack.lower(), stack)
        return tuple(dict.fromkeys(self.cluster_id(name) for name in names if name))

    def password_secret(self, cluster_id: str) -> str:
        """Name of the secret that contains the rootDN and its password as JSON.

        Empty if the password is in `password_file` instead.
        """
        secret = f"/{self.brand}/{cluster_id}/UserDirectoryServiceAccount"
        return "" if self.password_file else secret

    def apps_directory(self, cluster_id: str) -> str:
        """Path of the release's own folder on the shared file system."""
        return f"/apps/{self.brand}/{cluster_id}"

    def scheduler_tags(self, cluster_id: str) -> dict[str, str]:
        """EC2 tags that identify the release's scheduler host. It has all of them."""
        name, value = self.scheduler_tag
        return {
            f"{self.brand}:ClusterId": cluster_id,
            name: value.format(cluster_id=cluster_id),
        }

    def header(self, name: str) -> str:
        """Name of an HTTP header of the web interface. `name` is `USER` or `TOKEN`."""
        return f"X-{self.brand.upper()}-{name}"
