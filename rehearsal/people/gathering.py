"""Who is in live's directory when the rehearsal begins, and with which passwords they log in."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

from changeover.dialect import SOCA_2_6
from changeover.identities import identity
from rehearsal.options import Options
from rehearsal.people import directory, soca_entries
from rehearsal.people.passwords import hash_password, known_passwords

_HIGHEST_UID = 65_532
_PROBE_PASSWORD = "Probe#2026"


class UnusableError(ValueError):
    """A file that a person gave cannot be used; says which, where and why."""


@dataclass(frozen=True, slots=True)
class People:
    """`tree` is LDIF of the whole directory; `given`: it is somebody's own, so change little."""

    tree: Path
    passwords: dict[str, str]
    probe: str
    given: bool


def gather(options: Options, work: Path) -> People:
    """Generate the users, or read the person's own. Raises UnusableError."""
    tree = work / "live.ldif"
    if options.ldif:
        return _from_file(options.ldif, tree, _read_passwords(options.passwords))
    passwords = directory.write_directory(tree, options.users)
    return People(tree, passwords, directory.PROBE, given=False)


def _from_file(given: Path, tree: Path, passwords: dict[str, str]) -> People:
    """Somebody whose password is known serves as the probe account; else one is made."""
    _check(given)
    tree.write_bytes(given.read_bytes())
    known = known_passwords(tree, passwords.items())
    if not known:
        known = {directory.PROBE: _PROBE_PASSWORD}
        hashed = hash_password(_PROBE_PASSWORD, salt=bytes(16))
        with tree.open("a", encoding="utf-8") as file:
            file.write("\n" + soca_entries.account(directory.PROBE, _HIGHEST_UID, hashed))
    return People(tree, known, next(iter(known)), given=True)


def _check(path: Path) -> None:
    """Raises UnusableError unless the file is a whole LDIF of a SOCA directory with users."""
    text = path.read_bytes()
    if text and not text.endswith(b"\n"):
        line = text.count(b"\n") + 1
        raise UnusableError(f"{path}: line {line}: the file is cut off in the middle of it")
    try:
        found = identity.read_directory(io.BytesIO(text))
    except ValueError as error:
        raise UnusableError(f"{path}: {error}") from error
    if SOCA_2_6.base_dn not in found:
        raise UnusableError(f"{path}: the entry {SOCA_2_6.base_dn} is missing: not a whole tree")
    if not identity.count(found).users:
        raise UnusableError(f"{path}: there is no user in it")


def _read_passwords(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_text())
    except ValueError as error:
        raise UnusableError(f"{path}: {error}") from error
    if not isinstance(known, dict):
        raise UnusableError(f'{path}: not an object such as {{"mary": "Spring#2021"}}')
    return {str(user): str(password) for user, password in known.items()}
