"""One scheduler host as a process: installs itself, then runs slapd, the web UI and an init.

The Supervisor starts `python -m rehearsal.host.machine ROOT OPTIONS` with a listening socket for
the web UI. The socket reserves the host's address.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from pathlib import Path

from aiohttp import web

from rehearsal.host.directory_server import DirectoryServer, DirectoryServerError
from rehearsal.host.folder import WEB_PORT, HostFolder, release_of
from rehearsal.host.installer import READY, configure_sssd, fresh_tree, make_certificate
from rehearsal.host.web_ui import WebUi
from rehearsal.host.wrappers import write_wrappers


class Machine:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._host = HostFolder(options.root)
        self._address, _ = options.web_socket.getsockname()
        self._slapd = DirectoryServer(self._host, self._address)

    async def run(self, ended: asyncio.Event) -> None:
        self._install()
        await self._slapd.start()
        runners = [await self._serve_web_ui(), await self._serve_init()]
        write_wrappers(self._host, self._address)
        self._describe()
        ready = asyncio.get_running_loop().call_later(self._options.ready_after, self._get_ready)
        try:
            await ended.wait()
        finally:
            ready.cancel()
            for runner in runners:
                await runner.cleanup()
            await self._slapd.stop()

    def _install(self) -> None:
        seed: Path | None = self._options.seed
        make_certificate(self._host)
        fresh = fresh_tree(self._options.bootstrap).encode()
        self._slapd.install(seed.read_bytes() if seed else fresh)
        configure_sssd(self._host, self._address)

    async def _serve_web_ui(self) -> web.AppRunner:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self._host.certificate)
        ui = WebUi(self._host, self._options.cluster_id, self._address)
        runner = web.AppRunner(ui.application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, self._options.web_socket, ssl_context=tls).start()
        return runner

    async def _serve_init(self) -> web.AppRunner:
        app = web.Application()
        app.add_routes([web.post("/{verb}/{unit}", self._systemctl)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.UnixSite(runner, str(self._host.init_socket)).start()
        return runner

    async def _systemctl(self, request: web.Request) -> web.Response:
        """Do what systemd does for `systemctl VERB UNIT`. Returns the unit's state."""
        try:
            match request.match_info["verb"], request.match_info["unit"]:
                case "start", "slapd":
                    await self._slapd.start()
                    self._describe()
                case "stop", "slapd":
                    await self._slapd.stop()
        except (DirectoryServerError, TimeoutError):
            return web.Response(text="failed")
        return web.Response(text=self._state(request.match_info["unit"]))

    def _state(self, unit: str) -> str:
        running = {
            "slapd": self._slapd.pid is not None,
            "pbs": not self._host.suffers("scheduler-down"),
            "sssd": True,
            "crond": True,
        }
        return "active" if running.get(unit, False) else "inactive"

    def _describe(self) -> None:
        description = {
            "instance": self._host.root.name,
            "cluster_id": self._options.cluster_id,
            "release": release_of(self._options.cluster_id),
            "address": self._address,
            "port": WEB_PORT,
            "ldapi": self._host.ldapi,
            "pids": {"web_ui": os.getpid(), "slapd": self._slapd.pid},
        }
        draft = self._host.description.with_suffix(".new")
        draft.write_text(json.dumps(description))
        draft.replace(self._host.description)

    def _get_ready(self) -> None:
        if not self._host.suffers("never-ready"):
            self._host.motd.write_text(READY.format(cluster_id=self._options.cluster_id))


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="machine")
    parser.add_argument("root", type=Path)
    parser.add_argument("--web-socket", type=lambda fd: socket.socket(fileno=int(fd)))
    parser.add_argument("--cluster-id")
    parser.add_argument("--ready-after", type=float, help="seconds until the marker in motd")
    parser.add_argument("--bootstrap", help="name of the account that the installer makes")
    parser.add_argument("--seed", type=Path, help="LDIF of a whole tree, instead of a fresh one")
    return parser.parse_args()


async def _main() -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    try:
        await Machine(_parse_options()).run(ended)
    except DirectoryServerError as error:
        sys.exit(str(error))  # the log then ends with the server's message, not with a traceback


if __name__ == "__main__":
    asyncio.run(_main())
