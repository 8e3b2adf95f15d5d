"""What SOCA's slapd makes of a userPassword value: judged by what opens, not by how it looks.

slapd compares {SSHA}, {SHA}, {SMD5} and {MD5} itself. It skips white space in their base64, and
ends at a NUL. It gives {CRYPT} to its host's libcrypt, white space and all. Any other scheme needs
a module, or a service beside slapd, that SOCA's has not: `{CLEARTEXT}` as well. A value without a
scheme is the password itself.

Sources: OpenLDAP 2.4.44 and 2.5.13 libraries/liblutil/passwd.c; tried with real binds on 2.5.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from changeover.identities import crypts
from changeover.identities.crypts import EVERY_HOST, Hosts
from changeover.identities.locks import is_lock_ahead, is_lock_inside, is_marked, names_lock


class Kind(IntEnum):
    """What a value is; of several values an account is what comes first here."""

    USABLE = 0
    """One of its hash's passwords opens it."""
    CLEAR_TEXT = 1
    """It is the password itself."""
    HOST_DEPENDENT = 2
    """Its {CRYPT} method opens it on some of the hosts only."""
    OPEN_LOCK = 3
    """Meant as a lock, but slapd takes the text for the password."""
    LOCKED = 4
    """Locked on purpose, by a convention of LDAP tools or shadow(5)."""
    ELSEWHERE = 5
    """Its {CRYPT} method is one that none of the hosts has."""
    FOREIGN = 6
    """Its scheme is one that SOCA's slapd has not."""
    DAMAGED = 7
    """No password can have this hash."""
    NONE = 8
    """There is no value, or an empty one."""


class Judged(NamedTuple):
    """`detail` is fit to be told: never a part of the value. `hosts` open it, where any do."""

    kind: Kind
    detail: str = ""
    hosts: Hosts = frozenset()


# Bytes of a digest, and whether a salt follows.
_DIGESTS = {b"SHA": (20, False), b"SSHA": (20, True), b"MD5": (16, False), b"SMD5": (16, True)}
_SCHEME = re.compile(rb"\{([^}]+)\}")
_WHITE = b"\t\n\v\f\r "
# Named in a finding: what else stands in braces may be the beginning of somebody's password.
_FOREIGN = re.compile(
    rb"AES|APR1|ARGON2(ID|I|D)?|BCRYPT|BLF-CRYPT|BSDMD5|CLEAR(TEXT)?|(DES|MD5|SHA\d+)-CRYPT|DES"
    rb"|GOST_YESCRYPT|K5KEY|KERBEROS|LANMAN|NS-MTA-MD5|NT(HASH)?|[HT]OTP\d+(ANDPW)?"
    rb"|PBKDF2([-_]SHA\d+)?|PKCS5S2|PLAIN|RADIUS|SASL|SCRYPT|S?SHA\d+|SMD5\d*|UNIX"
)

_B, _CUT_OF_2, _CUT_OF_4 = "[A-Za-z0-9+/]", "[AEIMQUYcgkosw048]=", "[AQgw]=="
_END = f"({_B}{{2}}{_CUT_OF_2}|{_B}{_CUT_OF_4})?"
_ORDINARY = {
    "SHA": f"{_B}{{26}}{_CUT_OF_2}",
    "SSHA": f"({_B}{{4}}){{7,}}{_END}",
    "MD5": f"{_B}{{21}}{_CUT_OF_4}",
    "SMD5": f"({_B}{{4}}){{5}}{_B}{{2}}{_CUT_OF_2}|({_B}{{4}}){{6,}}{_END}",
    "CRYPT": crypts.ON_EVERY_HOST,
}
ORDINARY = "|".join(rf"^\{{(?i:{name})\}}({text})$" for name, text in _ORDINARY.items())
"""A pattern of hashes that open on every host, as programs write them; not all that open."""
_is_ordinary = re.compile(ORDINARY.encode()).fullmatch

_OPENS = Judged(Kind.USABLE, hosts=EVERY_HOST)
_NONE = Judged(Kind.NONE)


def judge(value: bytes, hosts: Hosts = EVERY_HOST) -> Judged:
    """What slapd makes of one value, wherever it may run."""
    found = _judge(value)
    if found.kind is not Kind.HOST_DEPENDENT:
        return found
    if hosts <= found.hosts:
        return found._replace(kind=Kind.USABLE)
    return found if hosts & found.hosts else found._replace(kind=Kind.ELSEWHERE)


def _judge(value: bytes) -> Judged:
    if _is_ordinary(value):
        return _OPENS
    if not value:
        return _NONE
    scheme = _SCHEME.match(value)
    if not scheme:
        return _without_scheme(value)
    name, text = scheme[1].upper(), value[scheme.end() :]
    found = _hashed(name, text)
    return Judged(Kind.LOCKED) if _is_lock(name, text, found.kind) else found


def chosen(values: Sequence[bytes], hosts: Hosts) -> bytes:
    """The value that decides what an account is; empty when it has none."""
    return min(values, key=lambda value: judge(value, hosts).kind, default=b"")


def _is_lock(name: bytes, text: bytes, kind: Kind) -> bool:
    if kind is Kind.FOREIGN:
        return names_lock(name) or is_marked(text)
    further = b"xX-." if name == b"CRYPT" else b"-."
    return kind is Kind.DAMAGED and is_lock_inside(text, partial(_opens, name), further)


def _opens(name: bytes, text: bytes) -> bool:
    return _hashed(name, text).kind < Kind.OPEN_LOCK


def _without_scheme(value: bytes) -> Judged:
    if is_lock_ahead(value, _is_hash):
        return Judged(Kind.OPEN_LOCK)
    if value.startswith(b"$") and (method := crypts.method_of(value.strip(_WHITE))):
        return Judged(Kind.DAMAGED, f"its {method.name} hash lacks {{CRYPT}} ahead of it")
    return Judged(Kind.CLEAR_TEXT, hosts=EVERY_HOST)


def _is_hash(text: bytes) -> bool:
    """Of a known scheme, or what shadow(5) has without one."""
    if scheme := _SCHEME.match(text):
        name = scheme[1].upper()
        return name in _DIGESTS or name == b"CRYPT" or _FOREIGN.fullmatch(name) is not None
    return text.startswith((b"$", b"_")) and crypts.method_of(text) is not None


def _hashed(name: bytes, text: bytes) -> Judged:
    if name == b"CRYPT":
        return _crypt(text)
    if name not in _DIGESTS:
        known = f"{{{name.decode()}}}" if _FOREIGN.fullmatch(name) else "its hash's scheme"
        return Judged(Kind.FOREIGN, f"{known} is no scheme of SOCA's slapd")
    decoded = _decoded(text)
    size, salted = _DIGESTS[name]
    if decoded is not None and (len(decoded) > size if salted else len(decoded) == size):
        return _OPENS
    fault = "no base64" if decoded is None else f"{len(decoded)} bytes long"
    return Judged(Kind.DAMAGED, f"its {{{name.decode()}}} hash is damaged: {fault}")


def _decoded(text: bytes) -> bytes | None:
    """As slapd reads base64; it minds bits that a last letter has too many."""
    text = text.partition(b"\0")[0].translate(None, _WHITE)
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None
    return decoded if base64.b64encode(decoded) == text else None


def _crypt(text: bytes) -> Judged:
    if method := crypts.method_of(text):
        kind = Kind.USABLE if method.hosts == EVERY_HOST else Kind.HOST_DEPENDENT
        return Judged(kind, method.name, method.hosts)
    if crypts.method_of(text.strip(_WHITE + b"\0")):
        fault = "white space stands around it, which {CRYPT} minds"
    elif name := crypts.began_as(text):
        fault = f"it begins as {name}, and no libcrypt makes the rest"
    else:
        fault = "no libcrypt makes such a text"
    return Judged(Kind.DAMAGED, f"its {{CRYPT}} hash is damaged: {fault}")
