"""The paths on a scheduler host of SOCA 2.6.1, below the folder that is its root."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Fault = Literal[
    "export-without-hashes",
    "import-alters-entry",
    "import-drops-entry",
    "login-refused",
    "never-ready",
    "scheduler-down",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

BASE_DN = "dc=soca,dc=local"
ROOT_DN = f"cn=admin,{BASE_DN}"
WEB_PORT = 8443
LDAP_PORT = 3389
LDAPS_PORT = 3636


def release_of(cluster_id: str) -> str:
    """The stack name in a SOCA ClusterId."""
    return cluster_id.removeprefix("soca-")


@dataclass(frozen=True, slots=True)
class HostFolder:
    root: Path

    @property
    def tools(self) -> Path:
        return self.root / "bin"

    @property
    def log(self) -> Path:
        """The log of its processes. It is beside the folder, so it outlives the host."""
        return self.root.with_suffix(".log")

    @property
    def description(self) -> Path:
        """`host.json` exists as soon as the host and its SSM agent answer."""
        return self.root / "host.json"

    @property
    def slapd_configuration(self) -> Path:
        """The slapd.d folder. Ubuntu's package has another path."""
        ubuntu = self.root / "etc/ldap/slapd.d"
        return ubuntu if ubuntu.is_dir() else self.root / "etc/openldap/slapd.d"

    @property
    def database(self) -> Path:
        return self.root / "var/lib/ldap"

    @property
    def root_password(self) -> Path:
        return self.root / "root/OpenLdapAdminPassword.txt"

    @property
    def certificate(self) -> Path:
        return self.root / "etc/openldap/certs/soca.crt"

    @property
    def sssd_configuration(self) -> Path:
        return self.root / "etc/sssd/sssd.conf"

    @property
    def motd(self) -> Path:
        return self.root / "etc/motd"

    @property
    def ldap_socket(self) -> Path:
        """The path of the unix socket, at most 107 characters."""
        return self.root / "run/ldapi"

    @property
    def ldapi(self) -> str:
        return "ldapi://" + str(self.ldap_socket).replace("/", "%2F")

    @property
    def init_socket(self) -> Path:
        """The socket of the host's init, for `systemctl`."""
        return self.root / "run/init"

    def fault(self, name: Fault) -> Path:
        return self.root / "faults" / name

    def suffers(self, name: Fault) -> bool:
        return self.fault(name).exists()
