"""Try the given passwords on a real slapd before the rehearsal starts anything else."""

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.host.directory_server import DirectoryServer
from rehearsal.host.folder import HostFolder
from rehearsal.host.installer import make_certificate
from rehearsal.host.ldap_bind import SUCCESS, bind_at
from rehearsal.host.web_ui import sign_in_dn
from rehearsal.outcome import raw_directory as proof

_AT_A_TIME = 32


@dataclass(frozen=True, slots=True)
class Login:
    """A password, and the DN that can bind with it."""

    dn: str
    password: str


@dataclass(frozen=True, slots=True)
class Trial:
    """`web` can log in to SOCA's web interface, `ssh` by SSH only, `shut` to neither.

    `unknown` have no entry. All are user names, in the order of the given passwords.
    """

    web: tuple[str, ...]
    ssh: Mapping[str, Login]
    shut: tuple[str, ...]
    unknown: tuple[str, ...]


def try_out(tree: Path, passwords: Mapping[str, str], scratch: Path) -> Trial:
    """Load the LDIF into a server of its own and bind as each user, each with their password.

    Raises DirectoryServerError with the server's message if the server refuses the LDIF.
    """
    host = HostFolder(scratch)
    try:
        return asyncio.run(_already_used(host, tree.read_bytes(), passwords))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _already_used(host: HostFolder, tree: bytes, passwords: Mapping[str, str]) -> Trial:
    make_certificate(host)
    server = DirectoryServer(host)
    server.install(tree)
    await server.start()
    try:
        return await _bound(host, passwords)
    finally:
        await server.stop()


async def _bound(host: HostFolder, passwords: Mapping[str, str]) -> Trial:
    places = proof.places(proof.movable(host))
    web = await _opening(host, ((user, sign_in_dn(user), each) for user, each in passwords.items()))
    rest = [user for user in passwords if user not in web]
    # sssd refuses a user whose name is in two entries.
    alone = {user: places[user][0] for user in rest if len(places.get(user, ())) == 1}
    ssh = await _opening(host, ((user, dn, passwords[user]) for user, dn in alone.items()))
    return Trial(
        web=tuple(user for user in passwords if user in web),
        ssh={user: Login(alone[user], passwords[user]) for user in alone if user in ssh},
        shut=tuple(user for user in rest if user in places and user not in ssh),
        unknown=tuple(user for user in rest if user not in places),
    )


async def _opening(host: HostFolder, logins: Iterable[tuple[str, str, str]]) -> set[str]:
    """Return the users whose bind succeeds. Each login is (user, DN, password)."""
    gate = asyncio.Semaphore(_AT_A_TIME)

    async def opens(dn: str, password: str) -> bool:
        async with gate:
            # A bind without a password is an anonymous one, and succeeds.
            return bool(password) and await bind_at(host.ldap_socket, dn, password) == SUCCESS

    tried = list(logins)
    opened = await asyncio.gather(*(opens(dn, password) for _, dn, password in tried))
    return {user for (user, _, _), success in zip(tried, opened, strict=True) if success}


def told(trial: Trial, source: Path) -> Iterator[str]:
    """Yield a sentence for each kind of login problem with the passwords in the file `source`."""
    if trial.ssh:
        yield (
            f"login by SSH only: {named(trial.ssh)}; SOCA's web interface expects uid=NAME"
            " directly below ou=People"
        )
    if trial.shut:
        yield (
            f"no login on live: {named(trial.shut)}; the password in {source} is wrong, or the"
            " account is locked or has no password"
        )
    if trial.unknown:
        yield f"not in the directory, but in {source}: {named(trial.unknown)}"


_NAMED = 10


def named(users: Iterable[str]) -> str:
    """The first names, and the number of the others."""
    names = list(users)
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
