"""{SSHA} password hashes as SOCA makes them."""

import base64
import hashlib

_SCHEME = "{SSHA}"


def hash_password(password: str, salt: bytes) -> str:
    """Hash a password as SOCA does, with a salt of 16 bytes. OpenLDAP's own has 4 or 8."""
    digest = hashlib.sha1(password.encode() + salt).digest()  # noqa: S324 - what {SSHA} is
    return _SCHEME + base64.b64encode(digest + salt).decode()
