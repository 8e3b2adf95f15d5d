"""Decide whether the text after a scheme in userPassword is a complete hash.

slapd compares {SSHA}, {SHA}, {SMD5} and {MD5} itself. Other schemes are recognized by their format,
so that a lock mark before such a hash is not mistaken for damage.

Sources: OpenLDAP 2.5 libraries/liblutil/passwd.c; the modules pw-argon2, pw-pbkdf2 and pw-sha2.
"""

import base64
import binascii
import re
from typing import NamedTuple

from changeover.soca import crypt_methods

WHITE = b"\t\n\v\f\r "
CRYPT = b"CRYPT"


class Digest(NamedTuple):
    """The size of a digest in bytes, and whether a salt follows it."""

    size: int
    salted: bool


OWN = {
    b"SHA": Digest(20, salted=False),
    b"SSHA": Digest(20, salted=True),
    b"MD5": Digest(16, salted=False),
    b"SMD5": Digest(16, salted=True),
}
"""The schemes that slapd compares without a module."""
_OF_MODULES = {
    (b"S" if salted else b"") + b"SHA%d" % bits: Digest(bits // 8, salted=salted)
    for bits in (256, 384, 512)
    for salted in (False, True)
}
ORDINARY_SALTS = frozenset((4, 8, 12, 16, 20, 24, 32))
"""Sizes of a salt, in bytes, that programs generate."""

_FOREIGN = re.compile(
    rb"AES|APR1|ARGON2(ID|I|D)?|BCRYPT|BLF-CRYPT|BSDMD5|CLEAR(TEXT)?|(DES|MD5|SHA\d+)-CRYPT|DES"
    rb"|GOST_YESCRYPT|K5KEY|KERBEROS|LANMAN|NS-MTA-MD5|NT(HASH)?|[HT]OTP\d+(ANDPW)?"
    rb"|PBKDF2([-_]SHA\d+)?|PKCS5S2|PLAIN|RADIUS|SASL|SCRYPT|S?SHA\d+|SMD5\d*|UNIX"
)
_B64 = rb"[A-Za-z0-9+/.]{8,}={0,2}"
_LOOKS = re.compile(
    rb"\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=\d+,t=\d+,p=\d+\$" + _B64 + rb"\$" + _B64
    + rb"|\d+\$" + _B64 + rb"\$" + _B64
    + rb"|(?:[0-9A-Fa-f]{16}){1,4}"
)  # fmt: skip


def is_foreign(scheme: bytes) -> bool:
    """Whether the scheme, in upper case, is one of another LDAP server."""
    return _FOREIGN.fullmatch(scheme) is not None


def is_scheme(name: bytes) -> bool:
    """Whether the name, in upper case, is a scheme of any LDAP server."""
    return name in OWN or name == CRYPT or is_foreign(name)


def is_whole(scheme: bytes, text: bytes) -> bool:
    """Whether the text is a complete hash of the scheme. `scheme` is in upper case."""
    if digest := OWN.get(scheme) or _OF_MODULES.get(scheme):
        return _fits(digest, decoded(text))
    if crypt_methods.method_of(text):
        return scheme == CRYPT or is_foreign(scheme)
    return is_foreign(scheme) and _LOOKS.fullmatch(text) is not None


def is_ordinary(scheme: bytes, text: bytes) -> bool:
    """Whether it is a complete hash, and cannot be the end of a longer hash."""
    digest = OWN.get(scheme) or _OF_MODULES.get(scheme)
    if digest is None:
        return text.startswith(b"$") and is_whole(scheme, text)
    found = decoded(text)
    if found is None or not _fits(digest, found):
        return False
    return not digest.salted or len(found) - digest.size in ORDINARY_SALTS


def fault_of(scheme: bytes, text: bytes) -> str:
    """Return what is wrong with the hash of a scheme in `OWN`, or an empty string."""
    found = decoded(text)
    if _fits(OWN[scheme], found):
        return ""
    fault = "it is not base64" if found is None else f"{len(found)} bytes long"
    return f"its {{{scheme.decode()}}} hash is damaged: {fault}"


def decoded(text: bytes) -> bytes | None:
    """Decode base64 as slapd does, or return None. Excess bits in the last letter are an error."""
    text = text.partition(b"\0")[0].translate(None, WHITE)
    try:
        found = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None
    return found if base64.b64encode(found) == text else None


def _fits(digest: Digest, found: bytes | None) -> bool:
    if found is None:
        return False
    return len(found) > digest.size if digest.salted else len(found) == digest.size
