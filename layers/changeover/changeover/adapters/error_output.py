"""Extract the reasons from a host command's standard error, without any attribute value.

Tools that read LDIF name entries and attributes in their errors. Some also quote a line that is cut
off, which may be part of a password hash. This module therefore removes all text that looks like
LDIF, a hash or base64.
"""

import re
from collections.abc import Iterator

LONGEST = 600
"""Maximum number of characters of all reasons together."""
_HIDDEN = "…"

# Lines without a reason: the SSM agent adds the first, a document's trap the second.
_SILENT = re.compile(r"failed to run commands:|\w+: a step failed|\s*$")
# Names that are allowed before the first colon of a line: tools, documents, and names that slapd
# uses. Any other name with a colon counts as an attribute with its value.
SPEAKERS = frozenset(
    {
        *("aws", "awk", "base64", "bash", "cat", "chmod", "chown", "cp", "curl", "cut", "date"),
        *("df", "du", "flock", "gunzip", "gzip", "head", "ldapmodify", "ldapsearch", "ldapwhoami"),
        *("mkdir", "mkfifo", "mktemp", "mv", "qstat", "restorecon", "rm", "sed", "sh", "sha256sum"),
        *("slapadd", "slapcat", "slapd", "systemctl", "tail", "tee", "timeout", "tr", "wc"),
        *("apply_delta", "export_identities", "freeze_directory", "import_identities"),
        *("locate_directory", "probe_release", "read_marker", "thaw_directory"),
        *("ldap_add", "ldap_bind", "ldap_delete", "ldap_modify", "ldap_rename", "ldap_start_tls"),
        *("ldap_result", "ldap_sasl_interactive_bind", "ldap_sasl_interactive_bind_s"),
        *("ldap_search", "ldap_search_ext", "ldif_read_record", "str2entry", "Error", "error"),
    }
)
_NAMED = re.compile(r"(?:-\s)?([A-Za-z][\w.-]*)(?:;[\w-]+)*\s?:")
# A continuation line of LDIF begins with one space.
_FOLDED = re.compile(r" \S+$")
# After these words, tools quote the line of LDIF that they cannot read.
_QUOTED = re.compile(r"(missing ':' after|\bURL\b|invalid format \(line \d+\)).*")
_SECRET = re.compile(
    # The value of an attribute with a secret, unless slapd only gives the value's number.
    r"(?i:\b[\w-]*(?:password|passwd|rootpw|pwd|secret|key)[\w-]*(?:;[\w-]+)*::?"
    r"(?!\s*value #\d)\s*\S.*)"
    # {SSHA}…, $6$… and other hashes. {1}mdb is the name of a database.
    r"|\{[A-Za-z][\w./-]*\}[^\s\"',)]+"
    r"|\$[0-9A-Za-z]{1,12}\$[^\s\"',)]+"
    # base64: it is long and has small letters, capitals and digits, or it ends in "=".
    r"|(?<![\w+/=-])(?=[A-Za-z/]*[0-9+])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])"
    r"[A-Za-z0-9+/]{16,}={0,2}(?![\w-])"
    r"|(?<![\w+/=-])[A-Za-z0-9+/]{6,}={1,2}(?![\w={(*])"
)


def reasons(text: str) -> str:
    """Return the last line, which says what to do, then earlier lines, which say why.

    Returns at most `LONGEST` characters. If there is too much text, the last lines are kept.
    """
    lines = list(dict.fromkeys(_telling(text)))
    if not lines:
        return ""
    conclusion = _shortened(lines.pop(), LONGEST)
    room = LONGEST - len(conclusion)
    before: list[str] = []
    while lines and room > 0:
        before.insert(0, _shortened(lines.pop(), room))
        room -= len(before[0])
    return conclusion + (f" ({' / '.join(before)})" if before else "")


def _telling(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not _SILENT.match(line):
            yield _without_values(line)


def _without_values(line: str) -> str:
    if _FOLDED.match(line):
        return _HIDDEN
    line = line.strip()
    named = _NAMED.match(line)
    if named and named[1] not in SPEAKERS:
        return f"{named[1]}: {_HIDDEN}"
    return _SECRET.sub(_HIDDEN, _QUOTED.sub(rf"\1 {_HIDDEN}", line))


def _shortened(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: max(longest - 1, 0)] + _HIDDEN
