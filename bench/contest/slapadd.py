"""The other yardstick: slapadd alone, into an empty database as SOCA's installer configures it."""

import shutil
import subprocess
from pathlib import Path

from bench.contest.figures import Figures, timed
from bench.contest.rounds import Contender
from rehearsal.actors.soca_entries import SCAFFOLD
from rehearsal.host.directory_server import DirectoryServer, tool
from rehearsal.host.folder import BASE_DN, HostFolder
from rehearsal.host.installer import make_certificate

_NOWHERE = "127.0.0.1"  # no server is started


class BareDatabase:
    def __init__(self, root: Path) -> None:
        self._host = HostFolder(root)
        make_certificate(self._host)
        DirectoryServer(self._host, _NOWHERE).install(SCAFFOLD.encode())

    def loading(self, tree: Path) -> Contender:
        """Loads one LDIF. Its results are the entries in it."""
        entries = entries_in(tree)

        def load() -> Figures:
            shutil.rmtree(self._host.database)
            self._host.database.mkdir()
            return timed(lambda: self._slapadd(tree, entries))

        return load

    def _slapadd(self, tree: Path, entries: int) -> int:
        slapadd = [tool("slapadd"), "-q", "-F", str(self._host.slapd_configuration), "-b", BASE_DN]
        with tree.open("rb") as text:
            subprocess.run(["setpriv", "--pdeathsig", "KILL", *slapadd], stdin=text, check=True)
        return entries


def entries_in(tree: Path) -> int:
    with tree.open("rb") as lines:
        return sum(line.startswith(b"dn:") for line in lines)
