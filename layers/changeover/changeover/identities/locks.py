"""Accounts that somebody locked on purpose: what tools put into userPassword to do so.

A mark stands ahead of the hash, behind it or in its place: `{SSHA}!...` by LDAP Account Manager,
GOsa and FusionDirectory, `{CRYPT}!...` by tools that follow usermod -L and passwd -l, `{CRYPT}x`
and `{CRYPT}*` by smbldap-tools and PADL's migration, `*LK*` and `NP` by Solaris, `*LOCKED*` by BSD,
`!*` and `!unprovisioned` by systemd. Others write a word, or give the scheme another name. Any word
or sign counts that stands beside a whole hash.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, product

from changeover.identities import hashes
from changeover.soca import crypt_methods

_LONG_WORDS = (
    rb"(?:account[-_ ]?)?(?:banned|blocked|block|closed|deactivated|deleted|disabled|disable"
    rb"|expired|impossible|inactive|invalid|lck|locked[-_ ]?out|locked|lock|no[-_ ]?login"
    rb"|no[-_ ]?passw(?:or)?d|no[-_ ]?pass|none|null|removed|retired|revoked|suspended|terminated"
    rb"|unprovisioned|unset|gesperrt|deaktiviert|geblokkeerd|bloqueado|desactivado|deshabilitado"
    rb"|desativado|bloccato|disattivato|verrouille|desactive)"
)
_SHORT_WORDS = rb"(?:lk|nl|np|up)"
_WORDS = rb"(?:" + _LONG_WORDS + rb"|" + _SHORT_WORDS + rb")(?![A-Za-z0-9])"
# None of the three can stand in base64, nor in what crypt(3) makes.
_MARKED = re.compile(rb"(?i)[!*#]|" + _WORDS)
_PLACEHOLDER = re.compile(
    rb"(?i)x{1,16}|[^A-Za-z0-9+/=$\s]{1,12}|[^A-Za-z0-9\s]{1,4}" + _WORDS + rb"[\W_]{0,4}"
)
_AHEAD = re.compile(
    rb"(?i)(?:[!*#]|x{1,4}(?=[{$!*])|" + _WORDS + rb")(?:[-!*#:;,._ ]|" + _WORDS + rb")*"
)
_NAME = re.compile(rb"(?i)x+|.*[!*#].*|(?:\w+[-. ])?" + _WORDS + rb"(?:[-_. ].*)?", re.DOTALL)
_BEGIN = re.compile(rb"[{$]")
_IN_BRACES = re.compile(rb"\{([^}]+)\}")

# Beside a whole hash. What is none of a hash's letters, or says that it locks, is clear; any other
# word counts where the hash is as programs make it.
_SIGNS = rb"[^A-Za-z0-9+/=.$]"
_SAID = (
    rb"(?:"
    + _SIGNS
    + rb"++(?:"
    + _SHORT_WORDS
    + rb"(?![A-Za-z0-9]))?+|(?>"
    + _LONG_WORDS
    + rb"))++"
)
_ALONE = rb"[xX.]{1,16}+" + _SIGNS + rb"*+|(?i:" + _SHORT_WORDS + rb")"
_ANY_WORD = (
    rb"(?:"
    + _SIGNS
    + rb"++|[A-Z]?[a-z\x80-\xff]{2,}+|[A-Z]{3,}+|\d{4,8}+|\d++(?="
    + _SIGNS
    + rb"))+"
)
_SAYING = re.compile(rb"(?i:" + _SAID + rb")")
_CLEAR = re.compile(rb"(?i:" + _SAID + rb")|" + _ALONE)
_MARK = re.compile(rb"(?i:" + _SAID + rb")|" + _ALONE + rb"|" + _ANY_WORD)
_LONGEST_MARK = 40  # bytes
_LONGEST_HASH = 400
_LONGEST = 1_000  # bytes; longer texts are no hashes, and patterns have to end


def is_lock_inside(scheme: bytes, text: bytes) -> bool:
    """Whether what stands behind a scheme in capitals, and opens nothing, is a lock."""
    text = text.strip()
    if len(text) > _LONGEST or not text:
        return False
    foreign = hashes.is_foreign(scheme)
    if _MARKED.match(text) or (_PLACEHOLDER.fullmatch(text) and not foreign):
        return True
    return len(text) <= _LONGEST_HASH and any(
        hashes.is_ordinary(scheme, rest)
        or (all(map(_is_clear, marks)) and hashes.is_whole(scheme, rest))
        for marks, rest in _unmarked(text)
    )


def is_lock_in_base64(scheme: bytes, text: bytes) -> bool:
    """Whether a hash has a salt that no program makes, since part of it is a word that locks."""
    text = text.translate(None, hashes.WHITE)
    if len(text) > _LONGEST_HASH or hashes.is_ordinary(scheme, text):
        return False
    return any(
        all(map(_is_clear, marks)) and hashes.is_ordinary(scheme, rest)
        for marks, rest in _unmarked(text)
    )


def is_lock_ahead(value: bytes) -> bool:
    """Whether a value without a scheme is a lock: alone, or ahead of a hash.

    A password may begin with a mark too, so that nothing else may follow.
    """
    value = value.strip()
    if len(value) > _LONGEST:
        return False
    known = _AHEAD.match(value)
    if known and (known.end() == len(value) or _may_be_hash(value[known.end() :])):
        return True
    alone = re.fullmatch(rb"[xX]{1,16}|[-._?]{1,12}", value) is not None
    return alone or any(_is_hash(value[at:]) for at in _begins_of_hashes(value))


def names_lock(scheme: bytes) -> bool:
    """Whether what stands in the braces is the lock, as in `{DISABLED}` or `{!SSHA}`."""
    return len(scheme) <= _LONGEST and _NAME.fullmatch(scheme) is not None


def _unmarked(text: bytes) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    """Yield the marks that may stand around a hash, and what remains without them."""
    sizes = range(1, min(_LONGEST_MARK, len(text) - 1) + 1)
    started = sizes if _MARK.match(text) else ()
    heads = _marks(text[:size] for size in started)
    tails = _marks(text[-size:] for size in sizes)
    alone = chain(((head, b"") for head in heads), ((b"", tail) for tail in tails))
    both = product(filter(_is_clear, heads), filter(_is_clear, tails))
    for head, tail in chain(alone, both):
        rest = text[len(head) : len(text) - len(tail)]
        if rest and not _is_twice(head, rest, tail):
            yield (head, tail), rest


def _marks(growing: Iterable[bytes]) -> list[bytes]:
    """Those that are marks: no part of a word that locks counts beside the whole word."""
    found = [*filter(_is_mark, growing)]
    longest = max((at for at, mark in enumerate(found) if _SAYING.fullmatch(mark)), default=0)
    return found[longest:]


def _is_mark(text: bytes) -> bool:
    """Whether somebody may have put it beside a hash: nothing that is blank or no editor shows."""
    if not _MARK.fullmatch(text):
        return False
    named = _IN_BRACES.search(text)
    if named and hashes.is_scheme(named[1].upper()):
        return False
    try:
        return text.decode().isprintable() and not text.isspace()
    except UnicodeDecodeError:
        return False


def _is_clear(mark: bytes) -> bool:
    return not mark or _CLEAR.fullmatch(mark) is not None


def _begins_of_hashes(value: bytes) -> Iterator[int]:
    """Where a scheme or a method of crypt(3) stands behind nothing but a mark."""
    for found in _BEGIN.finditer(value, 1, _LONGEST_MARK + 1):
        if _is_mark(value[: found.start()]):
            yield found.start()


def _is_twice(ahead: bytes, rest: bytes, behind: bytes) -> bool:
    """Whether a mark is but a part of the hash once more: a slip, not a lock."""
    ahead, behind = (b"" if _is_clear(mark) else mark for mark in (ahead, behind))
    return bool(ahead and rest.startswith(ahead)) or bool(behind and rest.endswith(behind))


def _may_be_hash(text: bytes) -> bool:
    """Of a known scheme, or what shadow(5) has without one."""
    if scheme := _IN_BRACES.match(text):
        return hashes.is_scheme(scheme[1].upper())
    return text.startswith((b"$", b"_")) and crypt_methods.method_of(text) is not None


def _is_hash(text: bytes) -> bool:
    """A whole one, with its scheme or as in shadow(5)."""
    if scheme := _IN_BRACES.match(text):
        return hashes.is_whole(scheme[1].upper(), text[scheme.end() :])
    return text.startswith(b"$") and crypt_methods.method_of(text) is not None
