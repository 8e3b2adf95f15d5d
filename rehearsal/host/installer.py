"""The files that SOCA's installer makes on a new scheduler."""

import secrets
import subprocess

from rehearsal.actors import soca_entries
from rehearsal.actors.passwords import hash_password
from rehearsal.host.folder import BASE_DN, LDAP_PORT, HostFolder

_BOOTSTRAP_UID = 5001

READY = """
This host runs a SOCA scheduler.
Cluster: {cluster_id}
> source /etc/environment to load SOCA paths
"""

# Tells sssd from which directory a host's users come.
_SSSD = """\
[domain/default]
id_provider = ldap
ldap_uri = ldap://{address}:{port}
ldap_search_base = {base}
ldap_id_use_start_tls = True
ldap_tls_reqcert = never

[sssd]
services = nss, pam, sudo
domains = default
"""


def fresh_tree(bootstrap: str | None) -> str:
    """LDIF of a new release. The password of the bootstrap account is random."""
    if bootstrap is None:
        return soca_entries.SCAFFOLD
    hashed = hash_password(secrets.token_urlsafe(), secrets.token_bytes(16))
    return soca_entries.SCAFFOLD + soca_entries.account(bootstrap, _BOOTSTRAP_UID, hashed)


def make_root_password(host: HostFolder) -> str:
    """Write the rootDN's password as SOCA does, in clear text and without a newline."""
    password = secrets.token_hex(16)
    host.root_password.parent.mkdir(parents=True)
    host.root_password.touch(mode=0o600)
    host.root_password.write_text(password)
    return password


def make_certificate(host: HostFolder) -> None:
    """Write certificate and key to one file. RSA keys take seconds, so the key is elliptic."""
    host.certificate.parent.mkdir(parents=True)
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
        " -subj /CN=localhost -keyout soca.crt -out soca.crt"
    )
    subprocess.run(command.split(), cwd=host.certificate.parent, check=True, capture_output=True)


def configure_sssd(host: HostFolder, address: str) -> None:
    """Configure sssd: users are in this host's directory, over StartTLS."""
    host.sssd_configuration.parent.mkdir(parents=True)
    host.sssd_configuration.touch(mode=0o600)
    text = _SSSD.format(address=address, port=LDAP_PORT, base=BASE_DN)
    host.sssd_configuration.write_text(text)
