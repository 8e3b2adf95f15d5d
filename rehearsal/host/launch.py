"""Start the process of a scheduler host."""

import socket
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from rehearsal.host.folder import WEB_PORT, Fault, HostFolder

_PROJECT = Path(__file__).resolve().parents[2]


def launch(
    folder: HostFolder,
    cluster_id: str,
    *,
    ready_after: float,
    origin: Path | str | None = None,
    faults: Collection[Fault] = (),
) -> subprocess.Popen[bytes]:
    """Start a host. It answers as soon as its `host.json` exists; SIGTERM ends it.

    `origin` is the LDIF file of a whole tree, or the name of the account that the installer makes
    in a new directory. The folder must not exist. The host ends with the thread that started it.
    """
    folder.fault("never-ready").parent.mkdir(parents=True)
    for fault in faults:
        folder.fault(fault).touch()
    options = ["--cluster-id", cluster_id, "--ready-after", str(ready_after)]
    match origin:
        case Path():
            options += ["--seed", str(origin)]
        case str():
            options += ["--bootstrap", origin]
    with _free_address() as web, folder.log.open("wb") as log:
        options += ["--web-socket", str(web.fileno())]
        machine = [sys.executable, "-m", "rehearsal.host.machine", str(folder.root), *options]
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *machine],
            cwd=_PROJECT,
            pass_fds=[web.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _free_address() -> socket.socket:
    """A listening socket on the first 127.18.0.N with a free web port."""
    for number in range(1, 255):
        web = socket.socket()
        # Otherwise, closed connections of an earlier host would block its address.
        web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            web.bind((f"127.18.0.{number}", WEB_PORT))
            web.listen()
        except OSError:
            web.close()
            continue
        return web
    raise OSError("every address from 127.18.0.1 to 127.18.0.254 is taken")
