"""Hashes after `{CRYPT}` in userPassword: the format of each method, and the hosts that support it.

slapd passes the hash and the password to crypt(3) of its host. The login succeeds if crypt(3)
returns the same hash. A hash that crypt(3) can never return allows no login on any host.

Sources: crypt(5) of libxcrypt 4.4, glibc 2.26 crypt/; tried with real binds on slapd 2.5.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple


class Libcrypt(StrEnum):
    """The library that provides crypt(3). Each value lists its Linux distributions, for messages.

    glibc up to 2.27 has its own: Amazon Linux 2, CentOS 7, RHEL 7. Later systems have libxcrypt.
    """

    GLIBC = "Amazon Linux 2, CentOS 7 and RHEL 7"
    LIBXCRYPT = "Amazon Linux 2023, RHEL 8 and later, and Ubuntu"


Hosts = frozenset[Libcrypt]
EVERY_HOST: Hosts = frozenset(Libcrypt)
_GLIBC: Hosts = frozenset({Libcrypt.GLIBC})
_LIBXCRYPT: Hosts = frozenset({Libcrypt.LIBXCRYPT})
# By the values of SOCA's parameter BaseOS. Source: 2.7.5:installer/resources/src/cdk_construct.py:
# 145-155, 26.4.0:cdk_construct.py:1051-1057.
HOSTS_OF: Mapping[str, Hosts] = {
    **dict.fromkeys(("amazonlinux2", "centos7", "rhel7"), _GLIBC),
    **dict.fromkeys(("amazonlinux2023", "rhel8", "rhel9", "rocky8", "rocky9"), _LIBXCRYPT),
    **dict.fromkeys(("ubuntu2204", "ubuntu2404"), _LIBXCRYPT),
}
"""The kind of host that each operating system of SOCA is."""


class Method(NamedTuple):
    """A hash method of crypt(3), and the libraries that support it."""

    name: str
    hosts: Hosts


# The base64 alphabet of crypt(3). The last character has fewer bits, so fewer values are possible.
_C = "[./0-9A-Za-z]"
_LAST_OF_2, _LAST_OF_4, _LAST_OF_6 = "[./01]", "[./0-9A-D]", "[.26AEIMQUYcgkosw]"
_DES_BLOCK = f"{_C}{{10}}{_LAST_OF_6}"
_32_BYTES = f"{_C}{{42}}{_LAST_OF_4}"
_ENCODED = f"(?:{_C}{{4}})*(?:{_C}{_LAST_OF_2}|{_C}{{2}}{_LAST_OF_4})?"
# Characters that libxcrypt accepts in a salt. glibc accepts all except `$` and NUL.
_S, _ODD = r"[^$:;*!\\\x00-\x20\x7f-\xff]", r"[^$\x00]"
_ROUNDS = r"(?:rounds=[1-9][0-9]{3,8}\$)?"

_EVERYWHERE = {
    "DES": f"{_C}{{2}}{_DES_BLOCK}",
    "MD5": rf"\$1\$SALT{{0,8}}\${_C}{{21}}{_LAST_OF_2}",
    "SHA-256": rf"\$5\${_ROUNDS}SALT{{0,16}}\${_32_BYTES}",
    "SHA-512": rf"\$6\${_ROUNDS}SALT{{0,16}}\${_C}{{85}}{_LAST_OF_2}",
}
_LIBXCRYPT_ONLY = {
    "bigcrypt": f"{_C}{{2}}(?:{_DES_BLOCK}){{2,16}}",
    "BSDi DES": f"_{_C}{{8}}{_DES_BLOCK}",
    "NTHASH": r"\$3\$\$[0-9a-f]{32}",
    "bcrypt": rf"\$2[abxy]\$(?:0[4-9]|[12][0-9]|3[01])\${_C}{{21}}[.Oeu]{_C}{{30}}"
    "[.CGKOSWaeimquy26]",
    "Sun MD5": rf"\$md5(?:,rounds=[1-9][0-9]*)?\${_S}*\${{1,2}}{_C}{{21}}{_LAST_OF_2}",
    "SHA-1": rf"\$sha1\$[0-9]+\${_C}{{1,64}}\${_C}{{28}}",
    "scrypt": rf"\$7\${_C}{{11,}}\${_32_BYTES}",
    "yescrypt": rf"\$y\${_C}{{3,}}\${_ENCODED}\${_32_BYTES}",
    "gost-yescrypt": rf"\$gy\${_C}{{3,}}\${_ENCODED}\${_32_BYTES}",
}
# The prefix of each method, to name the method of a damaged hash.
_BEGINNINGS = {
    "$1$": "MD5",
    "$5$": "SHA-256",
    "$6$": "SHA-512",
    "$2": "bcrypt",
    "$3$": "NTHASH",
    "$md5": "Sun MD5",
    "$sha1$": "SHA-1",
    "$7$": "scrypt",
    "$y$": "yescrypt",
    "$gy$": "gost-yescrypt",
    "_": "BSDi DES",
}


def _methods() -> Iterator[tuple[re.Pattern[bytes], Method]]:
    for name, pattern in _EVERYWHERE.items():
        plain, odd = pattern.replace("SALT", _S), pattern.replace("SALT", _ODD)
        yield re.compile(plain.encode()), Method(name, EVERY_HOST)
        if odd != plain:
            yield re.compile(odd.encode(), re.DOTALL), Method(f"{name} with an odd salt", _GLIBC)
    for name, pattern in _LIBXCRYPT_ONLY.items():
        yield re.compile(pattern.encode()), Method(name, _LIBXCRYPT)


_METHODS = tuple(_methods())
ON_EVERY_HOST = "|".join(_EVERYWHERE.values()).replace("SALT", _C)
"""A pattern for hashes that every host supports and whose salt is as programs generate it."""


def method_of(text: bytes) -> Method | None:
    """Return the method that can produce this hash, or None if no libcrypt can."""
    return next((method for pattern, method in _METHODS if pattern.fullmatch(text)), None)


def began_as(text: bytes) -> str:
    """Return the name of the method whose prefix the text has, or an empty string."""
    known = (name for mark, name in _BEGINNINGS.items() if text.startswith(mark.encode()))
    return next(known, "")
