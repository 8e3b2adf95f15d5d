"""Texts behind a scheme in userPassword: which of them are whole hashes.

slapd compares {SSHA}, {SHA}, {SMD5} and {MD5} itself. The other schemes are known by their look,
so that a lock ahead of such a hash is told from damage.

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
    """The bytes of a digest, and whether a salt follows."""

    size: int
    salted: bool


OWN = {
    b"SHA": Digest(20, salted=False),
    b"SSHA": Digest(20, salted=True),
    b"MD5": Digest(16, salted=False),
    b"SMD5": Digest(16, salted=True),
}
"""The schemes that slapd compares itself."""
_OF_MODULES = {
    (b"S" if salted else b"") + b"SHA%d" % bits: Digest(bits // 8, salted=salted)
    for bits in (256, 384, 512)
    for salted in (False, True)
}
ORDINARY_SALTS = frozenset((4, 8, 12, 16, 20, 24, 32))
"""Bytes of a salt that programs make."""

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
    """Whether a scheme in capitals is one that some other server has."""
    return _FOREIGN.fullmatch(scheme) is not None


def is_scheme(name: bytes) -> bool:
    """Whether a name in capitals is a scheme of any server."""
    return name in OWN or name == CRYPT or is_foreign(name)


def is_whole(scheme: bytes, text: bytes) -> bool:
    """Whether the text is a hash of the scheme, which is in capitals."""
    if digest := OWN.get(scheme) or _OF_MODULES.get(scheme):
        return _fits(digest, decoded(text))
    if crypt_methods.method_of(text):
        return scheme == CRYPT or is_foreign(scheme)
    return is_foreign(scheme) and _LOOKS.fullmatch(text) is not None


def is_ordinary(scheme: bytes, text: bytes) -> bool:
    """Whether it is whole, and no end of a longer hash looks like it."""
    digest = OWN.get(scheme) or _OF_MODULES.get(scheme)
    if digest is None:
        return text.startswith(b"$") and is_whole(scheme, text)
    found = decoded(text)
    if found is None or not _fits(digest, found):
        return False
    return not digest.salted or len(found) - digest.size in ORDINARY_SALTS


def fault_of(scheme: bytes, text: bytes) -> str:
    """What is wrong with the text of a scheme that slapd compares itself; empty if nothing is."""
    found = decoded(text)
    if _fits(OWN[scheme], found):
        return ""
    fault = "no base64" if found is None else f"{len(found)} bytes long"
    return f"its {{{scheme.decode()}}} hash is damaged: {fault}"


def decoded(text: bytes) -> bytes | None:
    """As slapd reads base64; it minds bits that a last letter has too many."""
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
