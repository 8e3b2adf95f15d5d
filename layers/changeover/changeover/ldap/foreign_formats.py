"""Recognize files and lines that are not LDIF, and say what to do."""

import re
from typing import NamedTuple

_EXPORT = "export again with slapcat, as root on the scheduler"
_UNPACK = "unpack it, and pass the LDIF file"
_ALONE = "export again without other output: no 2>&1, and only slapcat may write to the file"

# Programs that people use to export. Their messages often end up in the file.
PROGRAMS = frozenset(
    (
        *("slapcat", "slapadd", "slapd", "slapindex", "slaptest", "ldapsearch", "ldapadd"),
        *("ldapmodify", "bash", "sh", "sudo", "gzip", "gunzip", "zcat", "tee", "ssh", "scp"),
    )
)


class Kind(NamedTuple):
    """A format that is not LDIF.

    `whole`: the first line decides for the whole file. Other kinds can occur in any line.
    """

    pattern: re.Pattern[bytes]
    what: str
    remedy: str
    whole: bool = True


def _kind(pattern: bytes, what: str, remedy: str, *, whole: bool = True) -> Kind:
    return Kind(re.compile(pattern, re.DOTALL), what, remedy, whole)


_PROGRAM = b"|".join(sorted(map(str.encode, PROGRAMS)))
_KINDS = (
    _kind(rb"PK[\x03\x05]", "a ZIP archive", _UNPACK),
    _kind(rb"\x1f\x8b", "gzip inside gzip", _UNPACK),
    _kind(rb"\x1f[\x9d\xa0]", "compressed (.Z)", _UNPACK),
    _kind(rb"BZh[1-9]1AY", "compressed by bzip2", _UNPACK),
    _kind(rb"\xfd7zXZ\0", "compressed by xz", _UNPACK),
    _kind(rb"\x28\xb5\x2f\xfd", "compressed by zstd", _UNPACK),
    _kind(rb"\x04\x22\x4d\x18", "compressed by lz4", _UNPACK),
    _kind(rb"7z\xbc\xaf", "a 7z archive", _UNPACK),
    _kind(rb"[^\0\n]{1,100}\0+[0-7]{6,7}[ \0]", "a tar archive", _UNPACK),
    _kind(
        rb".{12}(?:\x62\x31\x05\0|\x61\x15\x06\0|.{4}\xde\xc0\xef\xbe)",
        "a database file of slapd",
        _EXPORT,
    ),
    _kind(rb"SQLite format 3", "an SQLite database", _EXPORT),
    _kind(rb"%PDF-", "a PDF document", _EXPORT),
    _kind(rb"\xd0\xcf\x11\xe0", "an Office document", _EXPORT),
    _kind(
        rb"-----BEGIN |age-encryption\.org|Salted__",
        "encrypted, or a key",
        "decrypt it, and pass the LDIF file",
    ),
    _kind(rb"version https://git-lfs", "a Git LFS pointer", "fetch the file with git lfs pull"),
    _kind(
        rb"[\[(]?[\w.-]+@[\w.-]+[^\n:]{0,80}?[\])]? ?[$#>%](?: |$)"
        rb"|[\w.-]+@[\w.-]+:[^\n]{0,200}[$#] |\$ |(?:ba)?sh-[\d.]+[$#] ",
        "a shell prompt",
        _ALONE,
        whole=False,
    ),
    _kind(
        rb"\s*[\[{]\s*(?:[\[{\"\]}]|$)",
        "JSON",
        f"SOCA's JSON files contain no password hashes: {_EXPORT}",
    ),
    _kind(rb"\s*<[?!A-Za-z]", "XML or HTML", _EXPORT),
    _kind(
        rb"[0-9a-f]{8}(?:\.[0-9a-f]{1,8})?(?: 0x[0-9a-f]+)? ",
        "a message of slapd",
        _ALONE,
        whole=False,
    ),
    _kind(
        rb"-?(?:/[\w./-]*/)?(?:" + _PROGRAM + rb")(?:\[\d+\])?:|(?:ldap|sasl|bdb|hdb|mdb|slap)_\w+"
        rb"[(:]|(?:SASL|GSSAPI)[ /]|Enter LDAP Password|Last login:|[Ww]arning: |WARNING[: ]"
        rb"|Connection to |An error occurred |\S[^:\n]{0,60} \(-?\d{1,3}\)\s*$",
        "a program's message",
        _ALONE,
        whole=False,
    ),
    _kind(
        rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d",
        "a log line",
        _ALONE,
        whole=False,
    ),
    _kind(
        rb"[^:\s]+:[^:\n]*:-?\d*:(?:-?\d*:|[\w,.-]*$)",
        "a passwd, shadow or group file",
        f"it contains the host's local accounts: {_EXPORT}",
    ),
    _kind(rb"\"?[\w .-]+\"?[,;\t]\"?[\w .-]*\"?[,;\t][^:]*$", "a table (CSV)", _EXPORT),
    _kind(rb"---\s*$|%YAML", "YAML", _EXPORT),
    _kind(rb"[A-Za-z0-9+/]{60,}={0,2}\s*$", "base64 alone", "decode it, and pass the LDIF file"),
)


def judge(line: bytes, *, first: bool) -> str:
    """Say what an unfolded line is if it is not LDIF. Return "" if it matches no known format.

    `first`: the line comes before any entry. The answer never quotes the line, because it may
    contain part of a password.
    """
    for kind in _KINDS:
        if (first or not kind.whole) and kind.pattern.match(line):
            if kind.whole:
                return f"the file is not LDIF but {kind.what}: {kind.remedy}"
            where = (
                "the file does not begin with LDIF but with" if first else "this is not LDIF but"
            )
            return f"{where} {kind.what}: {kind.remedy}"
    return ""
