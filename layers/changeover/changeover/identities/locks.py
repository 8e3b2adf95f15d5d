"""Accounts that somebody locked on purpose: what tools put into userPassword to do so.

A mark stands ahead of the hash, behind it or in its place: `{SSHA}!...` by LDAP Account Manager,
GOsa and FusionDirectory, `{CRYPT}!...` by tools that follow usermod -L and passwd -l, `{CRYPT}x`
and `{CRYPT}*` by smbldap-tools and PADL's migration, `*LK*` and `NP` by Solaris, `*LOCKED*` by BSD,
`!*` and `!unprovisioned` by systemd. Others write a word, or give the scheme another name.
"""

import re
from collections.abc import Callable

# None of them can stand in base64, nor in what crypt(3) makes.
_MARKS = b"!*#"
_WORDS = (
    rb"(?:account[-_ ]?)?(?:banned|blocked|block|closed|deactivated|deleted|disabled|disable"
    rb"|expired|impossible|inactive|invalid|lck|lk|locked[-_ ]?out|locked|lock|nl|no[-_ ]?login"
    rb"|no[-_ ]?passw(?:or)?d|no[-_ ]?pass|none|np|null|removed|retired|revoked|suspended"
    rb"|terminated|unprovisioned|unset|up)(?![A-Za-z0-9])"
)
_MARKED = re.compile(rb"(?i)[!*#]|" + _WORDS)
_MARKED_BEHIND = re.compile(rb"(?i)[-_:;,. !*#]{1,4}" + _WORDS + rb"\W{0,4}$|[!*#]+$")
_PLACEHOLDER = re.compile(rb"[xX]{1,16}|[-._?]{1,12}")
_AHEAD = re.compile(
    rb"(?i)(?:[!*#]|x{1,4}(?=[{$!*])|" + _WORDS + rb")(?:[-!*#:;,._ ]|" + _WORDS + rb")*"
)
_NAME = re.compile(rb"(?i)x+|.*[!*#].*|(?:\w+[-. ])?" + _WORDS + rb"(?:[-_. ].*)?", re.DOTALL)
_LONGEST = 1_000  # bytes; longer texts are no hashes, and patterns have to end

IsHash = Callable[[bytes], bool]
"""Whether a password could open this text if it stood there alone."""


def is_marked(text: bytes) -> bool:
    """Whether what stands behind any scheme begins with a mark or a word that locks."""
    return _MARKED.match(text.lstrip()) is not None


def is_lock_inside(text: bytes, is_hash: IsHash, further_marks: bytes) -> bool:
    """Whether what stands behind a scheme of SOCA's slapd, and opens nothing, is a lock.

    `further_marks`: letters that are marks if a hash follows, though they can stand in one.
    """
    text = text.strip()
    if len(text) > _LONGEST or not text:
        return False
    if is_marked(text) or _PLACEHOLDER.fullmatch(text):
        return True
    if text[0] in further_marks and is_hash(text[1:]):
        return True
    unmarked = _MARKED_BEHIND.sub(b"", text)
    return unmarked != text and is_hash(unmarked)


def is_lock_ahead(value: bytes, is_hash: IsHash) -> bool:
    """Whether a value without a scheme is a lock: alone, or ahead of a hash.

    A password may begin with a mark too, so that nothing else may follow.
    """
    value = value.strip()
    if len(value) > _LONGEST:
        return False
    mark = _AHEAD.match(value)
    rest = value[mark.end() :] if mark else value
    return _PLACEHOLDER.fullmatch(value) is not None or (
        mark is not None and (not rest or is_hash(rest))
    )


def names_lock(scheme: bytes) -> bool:
    """Whether what stands in the braces is the lock, as in `{DISABLED}` or `{!SSHA}`."""
    return len(scheme) <= _LONGEST and _NAME.fullmatch(scheme) is not None
