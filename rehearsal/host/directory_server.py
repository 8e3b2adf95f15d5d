"""A real slapd with the configuration of SOCA's installer, unprivileged, in the host's folder."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from rehearsal.actors.passwords import hash_password
from rehearsal.host.folder import BASE_DN, LDAP_PORT, LDAPS_PORT, ROOT_DN, HostFolder
from rehearsal.host.installer import make_root_password
from rehearsal.host.ldap_bind import bind_anonymously

SYSTEM_PATH = "/usr/bin:/usr/sbin:/bin:/sbin"
_SCHEMAS = Path("/etc/ldap/schema")
_PATIENCE = 30  # seconds that slapd may take to answer
# The DN of root over ldapi. Here it is the user who runs the rehearsal.
_LOCAL_ROOT = f"gidNumber={os.getgid()}+uidNumber={os.getuid()},cn=peercred,cn=external,cn=auth"

# SOCA's schema order and access rules. SOCA sets no size limit and no indexes, which leaves a
# limit of 500 and the indexes of Amazon Linux. maxsize is ours: mdb's default holds 2,000 users.
_CONFIGURATION = """\
include {schemas}/core.schema
include "{sudo}"
include {schemas}/cosine.schema
include {schemas}/nis.schema
include {schemas}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {certificate}
TLSCertificateKeyFile {certificate}

database config
access to * by dn.exact="{local_root}" manage by * none

database mdb
suffix {base}
rootdn {root_dn}
rootpw {root_password}
directory {directory}
maxsize 1073741824
index objectClass eq,pres
index ou,cn,mail,surname,givenname eq,pres,sub
access to attrs=userPassword by self write by anonymous auth
    by group.exact="ou=admins,{base}" write by * none
access to * by dn.base="{local_root}" write by dn.base="ou=admins,{base}" write by * read
"""


class DirectoryServerError(RuntimeError):
    """slapd or one of its tools failed."""


def tool(name: str) -> str:
    """Return the path of the system's tool, never of a host's wrapper."""
    path = shutil.which(name, path=SYSTEM_PATH)
    if path is None:
        raise DirectoryServerError(f"{name} is missing: apt-get install slapd ldap-utils")
    return path


def _run(*command: str | Path, stdin: bytes | None = None) -> None:
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise DirectoryServerError(said or f"{command[0]} failed")


class DirectoryServer:
    """Without an address, it listens on its unix socket only."""

    def __init__(self, host: HostFolder, address: str | None = None) -> None:
        self._host = host
        tcp = (f"ldap://{address}:{LDAP_PORT}", f"ldaps://{address}:{LDAPS_PORT}")
        self._urls = " ".join([host.ldapi, *(tcp if address else ())])
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    def install(self, tree: bytes) -> None:
        """Create configuration and database, and load the tree (LDIF). It needs a certificate."""
        host = self._host
        host.slapd_configuration.mkdir(parents=True)
        host.database.mkdir(parents=True, mode=0o700)
        host.ldap_socket.parent.mkdir(exist_ok=True)
        draft = host.slapd_configuration.with_suffix(".conf")
        draft.touch(mode=0o600)
        draft.write_text(self._configuration(make_root_password(host)))
        _run(tool("slapadd"), "-q", "-f", draft, "-b", BASE_DN, stdin=tree)
        _run(tool("slaptest"), "-f", draft, "-F", host.slapd_configuration)  # needs a database
        draft.unlink()

    def _configuration(self, root_password: str) -> str:
        return _CONFIGURATION.format(
            schemas=_SCHEMAS,
            certificate=self._host.certificate,
            sudo=Path(__file__).with_name("sudo.schema"),
            local_root=_LOCAL_ROOT,
            base=BASE_DN,
            root_dn=ROOT_DN,
            root_password=hash_password(root_password, os.urandom(16)),
            directory=self._host.database,
        )

    async def start(self) -> None:
        """Return once slapd answers. Does nothing while it runs."""
        if self.pid:
            return
        command = [tool("slapd"), "-F", str(self._host.slapd_configuration), "-h", self._urls]
        self._process = await asyncio.create_subprocess_exec(
            *[tool("setpriv"), "--pdeathsig", "TERM", *command, "-d", "0"],
            stdin=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_PATIENCE):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise DirectoryServerError("slapd ended before it answered")
                await asyncio.sleep(0.01)

    async def _answers(self) -> bool:
        try:
            return await bind_anonymously(self._host.ldap_socket) == 0
        except (ConnectionError, FileNotFoundError):
            return False

    async def stop(self) -> None:
        """Return once slapd has closed its database. Does nothing while it is down."""
        if self._process and self.pid:
            self._process.terminate()
            await self._process.wait()
