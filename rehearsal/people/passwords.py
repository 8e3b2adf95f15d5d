"""{SSHA} password hashes as SOCA makes them, and which known passwords open a directory."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from changeover.identities import ldif

_SCHEME = "{SSHA}"
_DIGEST_BYTES = 20


def hash_password(password: str, salt: bytes) -> str:
    """SOCA's salt has 16 bytes, where OpenLDAP's own has 4 or 8."""
    digest = hashlib.sha1(password.encode() + salt).digest()  # noqa: S324 - what {SSHA} is
    return _SCHEME + base64.b64encode(digest + salt).decode()


def fits(hashed: str, password: str) -> bool:
    if not hashed.startswith(_SCHEME):
        return False
    salt = base64.b64decode(hashed.removeprefix(_SCHEME))[_DIGEST_BYTES:]
    return hash_password(password, salt) == hashed


def known_passwords(tree: Path, candidates: Iterable[tuple[str, str]]) -> dict[str, str]:
    """User to password, for the candidates (user, password) that fit a hash in the LDIF.

    Raises ldif.Malformed.
    """
    hashes: dict[str, list[str]] = {}
    with tree.open("rb") as lines:
        for record in ldif.read(lines):
            for user in _values(record, "uid"):
                hashes.setdefault(user, []).extend(_values(record, "userpassword"))
    return {
        user: password
        for user, password in candidates
        if any(fits(hashed, password) for hashed in hashes.get(user, ()))
    }


def _values(record: ldif.Record, wanted: str) -> list[str]:
    return [value.decode() for name, value in record.attributes if name.lower() == wanted]
