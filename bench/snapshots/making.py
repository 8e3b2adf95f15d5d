"""Make snapshots with a real slapd: load users, change some, run slapcat before and after."""

import asyncio
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.snapshots.changes import changes
from rehearsal.actors.sample_directory import write_directory
from rehearsal.host.directory_server import DirectoryServer, DirectoryServerError, tool
from rehearsal.host.folder import BASE_DN, ROOT_DN, HostFolder
from rehearsal.host.installer import make_certificate


def make(users: int, before: Path, after: Path) -> None:
    """Write both snapshots, and both as gzip files (`….gz`) as the SSM documents make them."""
    # Not below the project's folder: the path of slapd's socket could be too long.
    with TemporaryDirectory(prefix="changeover-") as scratch:
        people = Path(scratch) / "people.ldif"
        names = list(write_directory(people, users))
        host = HostFolder(Path(scratch) / "host")
        slapd = DirectoryServer(host, _own_address())
        make_certificate(host)
        slapd.install(people.read_bytes())
        _print_tree(host, before)
        asyncio.run(_change(slapd, host, "".join(changes(names)).encode()))
        _print_tree(host, after)


def _own_address() -> str:
    """A loopback address for this process. A rehearsal's hosts begin with 127.18."""
    number = os.getpid()
    return f"127.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


async def _change(slapd: DirectoryServer, host: HostFolder, records: bytes) -> None:
    await slapd.start()
    try:
        bind = ["-x", "-D", ROOT_DN, "-y", str(host.root_password), "-H", host.ldapi]
        ldapmodify = await asyncio.create_subprocess_exec(
            tool("ldapmodify"), *bind, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        await ldapmodify.communicate(records)
        if ldapmodify.returncode != 0:
            raise DirectoryServerError("ldapmodify refused a change, see above")
    finally:
        await slapd.stop()


def _print_tree(host: HostFolder, path: Path) -> None:
    command = [tool("slapcat"), "-F", str(host.slapd_configuration), "-b", BASE_DN]
    with path.open("wb") as file:
        subprocess.run(command, stdout=file, check=True)
    subprocess.run(["gzip", "-1", "-n", "-k", path], check=True)
