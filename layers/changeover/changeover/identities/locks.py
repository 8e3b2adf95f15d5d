"""Recognize locked accounts by the marks that tools write into userPassword.

A mark is before the hash, after it, or replaces it: `{SSHA}!...` by LDAP Account Manager,
GOsa and FusionDirectory, `{CRYPT}!...` by tools that follow usermod -L and passwd -l, `{CRYPT}x`
and `{CRYPT}*` by smbldap-tools and PADL's migration, `*LK*` and `NP` by Solaris, `*LOCKED*` by BSD,
`!*` and `!unprovisioned` by systemd. Other tools write a word, or rename the scheme. Any word or
sign next to a complete hash counts as a lock.
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
# These three signs occur neither in base64 nor in hashes of crypt(3).
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

# Marks next to a complete hash. A mark is clear if it is a word that means "locked", or contains
# characters that no hash has. Other words count only if the hash is as programs generate it.
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
_LONGEST = 1_000  # bytes; longer texts are not hashes, and this limits the time of a match


def is_lock_inside(scheme: bytes, text: bytes) -> bool:
    """Whether the text after a scheme, which allows no login, is a lock. `scheme` in upper case."""
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
    """Whether part of an unusual salt is a lock word, so that the whole text is valid base64."""
    text = text.translate(None, hashes.WHITE)
    if len(text) > _LONGEST_HASH or hashes.is_ordinary(scheme, text):
        return False
    return any(
        all(map(_is_clear, marks)) and hashes.is_ordinary(scheme, rest)
        for marks, rest in _unmarked(text)
    )


def is_lock_ahead(value: bytes) -> bool:
    """Whether a value without a scheme is a lock mark, alone or before a hash.

    A clear-text password may begin with a mark, so any other text after the mark means no lock.
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
    """Whether the text in the braces is the lock, as in `{DISABLED}` or `{!SSHA}`."""
    return len(scheme) <= _LONGEST and _NAME.fullmatch(scheme) is not None


def _unmarked(text: bytes) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    """Yield possible marks (before, after) around a hash, and the text without them."""
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
    """Return the texts that are marks. If one is a whole lock word, drop the shorter ones."""
    found = [*filter(_is_mark, growing)]
    longest = max((at for at, mark in enumerate(found) if _SAYING.fullmatch(mark)), default=0)
    return found[longest:]


def _is_mark(text: bytes) -> bool:
    """Whether a person may have typed it next to a hash: printable, and not only spaces."""
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
    """Yield offsets of a scheme or a crypt(3) method that follows only a mark."""
    for found in _BEGIN.finditer(value, 1, _LONGEST_MARK + 1):
        if _is_mark(value[: found.start()]):
            yield found.start()


def _is_twice(ahead: bytes, rest: bytes, behind: bytes) -> bool:
    """Whether a mark only repeats a part of the hash: that is a typing error, not a lock."""
    ahead, behind = (b"" if _is_clear(mark) else mark for mark in (ahead, behind))
    return bool(ahead and rest.startswith(ahead)) or bool(behind and rest.endswith(behind))


def _may_be_hash(text: bytes) -> bool:
    """Whether the text has a known scheme, or is a hash as in shadow(5), without a scheme."""
    if scheme := _IN_BRACES.match(text):
        return hashes.is_scheme(scheme[1].upper())
    return text.startswith((b"$", b"_")) and crypt_methods.method_of(text) is not None


def _is_hash(text: bytes) -> bool:
    """Whether the text is a complete hash, with its scheme or as in shadow(5)."""
    if scheme := _IN_BRACES.match(text):
        return hashes.is_whole(scheme[1].upper(), text[scheme.end() :])
    return text.startswith(b"$") and crypt_methods.method_of(text) is not None
