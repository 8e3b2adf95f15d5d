"""What a host's command wrote to standard error: the lines that say why, never a value.

Tools that read LDIF name entries and attributes. Where they quote more, as for a line that is cut
off, it may be part of a password hash. So this shows no text that looks like LDIF, like a hash or
like base64.
"""

import re
from collections.abc import Iterator

LONGEST = 600
"""Characters of all reasons together."""
_HIDDEN = "…"

# Lines that say nothing: SSM's agent adds the first, a document's trap the second.
_SILENT = re.compile(r"failed to run commands:|\w+: a step failed|\s*$")
# What may stand before the first colon of a line: a tool, a document, or slapd's own words. Another
# name with a colon is an attribute with its value.
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
# How LDIF goes on in the next line.
_FOLDED = re.compile(r" \S+$")
# Where tools quote a line of LDIF that they cannot read, it follows these words.
_QUOTED = re.compile(r"(missing ':' after|\bURL\b|invalid format \(line \d+\)).*")
_SECRET = re.compile(
    # The value of an attribute that holds one, unless slapd only numbers it.
    r"(?i:\b[\w-]*(?:password|passwd|rootpw|pwd|secret|key)[\w-]*(?:;[\w-]+)*::?"
    r"(?!\s*value #\d)\s*\S.*)"
    # {SSHA}…, $6$… and their like; {1}mdb is the name of a database.
    r"|\{[A-Za-z][\w./-]*\}[^\s\"',)]+"
    r"|\$[0-9A-Za-z]{1,12}\$[^\s\"',)]+"
    # base64: it is long and has small letters, capitals and digits, or it ends in "=".
    r"|(?<![\w+/=-])(?=[A-Za-z/]*[0-9+])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])"
    r"[A-Za-z0-9+/]{16,}={0,2}(?![\w-])"
    r"|(?<![\w+/=-])[A-Za-z0-9+/]{6,}={1,2}(?![\w={(*])"
)


def reasons(text: str) -> str:
    """The last line, which says what to do, then the lines before it that say why.

    At most `LONGEST` characters; of too many lines, those at the end.
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
