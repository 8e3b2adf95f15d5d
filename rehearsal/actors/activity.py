"""Changes on live while an upgrade waits: new passwords, new users, and users who leave a group."""

import io
import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from changeover.identities import directories
from changeover.ldap import dn, ldif
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6
from rehearsal.actors.passwords import hash_password
from rehearsal.host.folder import BASE_DN, ROOT_DN, HostFolder

_SALT = bytes(range(16))
_FREE_UID = 65_000


class NoHostError(RuntimeError):
    """The release is not running."""


@dataclass(frozen=True, slots=True)
class Lived:
    """The new passwords by user, and the number of new users. Each has a group of its own."""

    passwords: dict[str, str]
    newcomers: int = 0


def host_of(work: Path, release: str) -> HostFolder:
    """The host that serves a release now."""
    for description in (work / "hosts").glob("*/host.json"):
        with suppress(FileNotFoundError):  # gone since it was listed
            if json.loads(description.read_text())["release"] == release:
                return HostFolder(description.parent)
    raise NoHostError(f"no host serves {release}")


def directory_of(host: HostFolder) -> dict[str, Entry]:
    """Read a host's directory with slapcat, without the SSM documents and functions."""
    command = ["slapcat", "-F", str(host.slapd_configuration), "-b", SOCA_2_6.base_dn]
    tree = subprocess.run(command, check=True, capture_output=True).stdout
    return directories.read_directory(io.BytesIO(tree))


def change_passwords(host: HostFolder, accounts: list[str], mark: str) -> Lived:
    """Give each account a new password, as the web UI of SOCA would."""
    new = {account: f"{mark}-{account}" for account in accounts}
    places = _places(host, accounts)
    records = b"".join(
        ldif.line("dn", places[account].encode())
        + b"changetype: modify\nreplace: userPassword\n"
        + ldif.line("userPassword", hash_password(password, _SALT).encode())
        + b"-\n\n"
        for account, password in new.items()
    )
    _modify(host, records)
    return Lived(new)


def describe(host: HostFolder, account: str, text: str) -> Lived:
    """Change an attribute that no login needs."""
    (place,) = _places(host, [account]).values()
    change = b"changetype: modify\nreplace: description\n" + ldif.line("description", text.encode())
    _modify(host, ldif.line("dn", place.encode()) + change + b"-\n\n")
    return Lived({})


def come_and_go(host: HostFolder) -> Lived:
    """Add a user with a group and a password, and remove a user from a shared group."""
    newcomer = "new.comer"
    password = f"welcome-{newcomer}"
    groups = [e for e in directory_of(host).values() if len(e.attributes.get("memberuid", ())) > 1]
    records = b"".join((*_newcomer(newcomer, password), *_leave(groups)))
    _modify(host, records)
    return Lived({newcomer: password}, newcomers=1)


def takes_writes(host: HostFolder) -> bool:
    """Whether the rootDN can change an entry. If it can, a mark stays in the base entry."""
    change = f"dn: {BASE_DN}\nchangetype: modify\nreplace: description\ndescription: written\n-\n\n"
    try:
        _modify(host, change.encode())
    except subprocess.CalledProcessError:
        return False
    return True


def _newcomer(account: str, password: str) -> Iterator[bytes]:
    place, group, _ = SOCA_2_6.account_entries(account)
    yield ldif.line("dn", place.encode())
    yield b"changetype: add\n"
    for kind in ("top", "person", "posixAccount", "shadowAccount", "inetOrgPerson"):
        yield f"objectClass: {kind}\n".encode()
    yield f"uid: {account}\ncn: {account}\nsn: {account}\nuidNumber: {_FREE_UID}\n".encode()
    yield f"gidNumber: {_FREE_UID}\nhomeDirectory: /data/home/{account}\n".encode()
    yield b"loginShell: /bin/bash\n"
    yield ldif.line("userPassword", hash_password(password, _SALT).encode())
    yield b"\n"
    yield ldif.line("dn", group.encode())
    yield f"changetype: add\nobjectClass: top\nobjectClass: posixGroup\ncn: {account}\n".encode()
    yield f"gidNumber: {_FREE_UID}\nmemberUid: {account}\n\n".encode()


def _leave(groups: list[Entry]) -> Iterator[bytes]:
    for group in groups[:1]:
        yield ldif.line("dn", group.dn.encode())
        yield b"changetype: modify\ndelete: memberUid\n"
        yield ldif.line("memberUid", min(group.attributes["memberuid"]))
        yield b"-\n\n"


def _places(host: HostFolder, accounts: list[str]) -> dict[str, str]:
    people = dn.normal(SOCA_2_6.people)
    wanted = {account.encode() for account in accounts}
    return {
        entry.first("uid").decode(): entry.dn
        for name, entry in directory_of(host).items()
        if dn.under(name, people) and entry.first("uid") in wanted
    }


def _modify(host: HostFolder, records: bytes) -> None:
    command = ["ldapmodify", "-x", "-H", host.ldapi, "-D", ROOT_DN, "-y", str(host.root_password)]
    subprocess.run(command, input=records, check=True, capture_output=True)
