"""Decide whether a userPassword value allows a login with SOCA's slapd.

slapd compares {SSHA}, {SHA}, {SMD5} and {MD5} itself. It skips white space in their base64, and
stops at a NUL. It passes {CRYPT} hashes to the host's libcrypt, including white space. Any other
scheme, also `{CLEARTEXT}`, needs a module or a service that SOCA's slapd does not have. A value
without a scheme is the password itself.

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
    """The kind of a userPassword value. If an account has several values, the lowest decides."""

    USABLE = 0
    """A password can match the hash."""
    CLEAR_TEXT = 1
    """The value is the password itself."""
    HOST_DEPENDENT = 2
    """Only some of the hosts support its {CRYPT} method."""
    OPEN_LOCK = 3
    """Meant as a lock, but slapd takes the text for the password."""
    LOCKED = 4
    """Locked on purpose, by a convention of LDAP tools or shadow(5)."""
    ELSEWHERE = 5
    """None of the hosts supports its {CRYPT} method."""
    FOREIGN = 6
    """SOCA's slapd does not support its scheme."""
    DAMAGED = 7
    """The hash is damaged: no password can match it."""
    NONE = 8
    """There is no value, or an empty one."""


class Judged(NamedTuple):
    """The verdict on a value. `detail` is safe to show: it never contains a part of the value.

    `hosts` are the hosts on which the value allows a login.
    """

    kind: Kind
    detail: str = ""
    hosts: Hosts = frozenset()


_SCHEME = re.compile(rb"\{([^}]+)\}")

_B = "[A-Za-z0-9+/]"
# The last letter of base64 carries fewer bits, so fewer letters are possible.
_ENDS = ("", f"{_B}[AQgw]==", f"{_B}{{2}}[AEIMQUYcgkosw048]=")


def _base64(digest: hashes.Digest) -> str:
    """Return a pattern for hashes of this digest as programs generate them."""
    salts = sorted(hashes.ORDINARY_SALTS) if digest.salted else [0]
    sizes = (digest.size + salt for salt in salts)
    return "|".join(f"{_B}{{{size // 3 * 4}}}{_ENDS[size % 3]}" for size in sizes)


_ORDINARY = {name.decode(): _base64(digest) for name, digest in hashes.OWN.items()} | {
    hashes.CRYPT.decode(): crypt_methods.ON_EVERY_HOST
}
ORDINARY = "|".join(rf"^\{{(?i:{name})\}}({text})$" for name, text in _ORDINARY.items())
"""A pattern for hashes that work on every host, as programs write them. Other hashes may work."""
_is_ordinary = re.compile(ORDINARY.encode()).fullmatch

_OPENS = Judged(Kind.USABLE, hosts=EVERY_HOST)
_NONE = Judged(Kind.NONE)


def judge(value: bytes, hosts: Hosts = EVERY_HOST) -> Judged:
    """Judge one value. slapd may run on any of `hosts`."""
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
    """Return the value that decides about the account, or an empty value if there is none."""
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
        return Judged(Kind.DAMAGED, f"its {method.name} hash has no {{CRYPT}} before it")
    return Judged(Kind.CLEAR_TEXT, hosts=EVERY_HOST)


def _hashed(name: bytes, text: bytes) -> Judged:
    if name == hashes.CRYPT:
        return _crypt(text)
    if name not in hashes.OWN:
        # An unknown text in braces may be the beginning of a clear-text password: do not show it.
        known = f"{{{name.decode()}}}" if hashes.is_foreign(name) else "its hash's scheme"
        return Judged(Kind.FOREIGN, f"{known} is not a scheme that SOCA's slapd supports")
    fault = hashes.fault_of(name, text)
    return Judged(Kind.DAMAGED, fault) if fault else _OPENS


def _crypt(text: bytes) -> Judged:
    if method := crypt_methods.method_of(text):
        kind = Kind.USABLE if method.hosts == EVERY_HOST else Kind.HOST_DEPENDENT
        return Judged(kind, method.name, method.hosts)
    if crypt_methods.method_of(text.strip(hashes.WHITE + b"\0")):
        fault = "there is white space around it, which {CRYPT} does not ignore"
    elif name := crypt_methods.began_as(text):
        fault = f"it begins as {name}, but the rest is not a valid hash"
    else:
        fault = "it is not a hash of any libcrypt method"
    return Judged(Kind.DAMAGED, f"its {{CRYPT}} hash is damaged: {fault}")
