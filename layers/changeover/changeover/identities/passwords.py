"""What SOCA's slapd makes of a userPassword value: judged by what opens, not by how it looks.

slapd compares {SSHA}, {SHA}, {SMD5} and {MD5} itself. It skips white space in their base64, and
ends at a NUL. It gives {CRYPT} to its host's libcrypt, white space and all. Any other scheme needs
a module, or a service beside slapd, that SOCA's has not: `{CLEARTEXT}` as well. A value without a
scheme is the password itself.

Sources: OpenLDAP 2.4.44 and 2.5.13 libraries/liblutil/passwd.c; tried with real binds on 2.5.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from changeover.identities import hashes, locks
from changeover.soca import crypt_methods
from changeover.soca.crypt_methods import EVERY_HOST, Hosts


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


_SCHEME = re.compile(rb"\{([^}]+)\}")

_B = "[A-Za-z0-9+/]"
# The last letters of base64 have fewer bits than the others.
_ENDS = ("", f"{_B}[AQgw]==", f"{_B}{{2}}[AEIMQUYcgkosw048]=")


def _base64(digest: hashes.Digest) -> str:
    """A pattern of what programs make for such a digest."""
    salts = sorted(hashes.ORDINARY_SALTS) if digest.salted else [0]
    sizes = (digest.size + salt for salt in salts)
    return "|".join(f"{_B}{{{size // 3 * 4}}}{_ENDS[size % 3]}" for size in sizes)


_ORDINARY = {name.decode(): _base64(digest) for name, digest in hashes.OWN.items()} | {
    hashes.CRYPT.decode(): crypt_methods.ON_EVERY_HOST
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
    match kind:
        case Kind.USABLE:
            return name != hashes.CRYPT and locks.is_lock_in_base64(name, text)
        case Kind.FOREIGN:
            return locks.names_lock(name) or locks.is_lock_inside(name, text)
        case _:
            return kind is Kind.DAMAGED and locks.is_lock_inside(name, text)


def _without_scheme(value: bytes) -> Judged:
    if locks.is_lock_ahead(value):
        return Judged(Kind.OPEN_LOCK)
    if value.startswith(b"$") and (method := crypt_methods.method_of(value.strip(hashes.WHITE))):
        return Judged(Kind.DAMAGED, f"its {method.name} hash lacks {{CRYPT}} ahead of it")
    return Judged(Kind.CLEAR_TEXT, hosts=EVERY_HOST)


def _hashed(name: bytes, text: bytes) -> Judged:
    if name == hashes.CRYPT:
        return _crypt(text)
    if name not in hashes.OWN:
        # What else stands in braces may be the beginning of somebody's password.
        known = f"{{{name.decode()}}}" if hashes.is_foreign(name) else "its hash's scheme"
        return Judged(Kind.FOREIGN, f"{known} is no scheme of SOCA's slapd")
    fault = hashes.fault_of(name, text)
    return Judged(Kind.DAMAGED, fault) if fault else _OPENS


def _crypt(text: bytes) -> Judged:
    if method := crypt_methods.method_of(text):
        kind = Kind.USABLE if method.hosts == EVERY_HOST else Kind.HOST_DEPENDENT
        return Judged(kind, method.name, method.hosts)
    if crypt_methods.method_of(text.strip(hashes.WHITE + b"\0")):
        fault = "white space stands around it, which {CRYPT} minds"
    elif name := crypt_methods.began_as(text):
        fault = f"it begins as {name}, and no libcrypt makes the rest"
    else:
        fault = "no libcrypt makes such a text"
    return Judged(Kind.DAMAGED, f"its {{CRYPT}} hash is damaged: {fault}")
