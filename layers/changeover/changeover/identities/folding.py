"""Strings whose case and needless blanks do not count, in the one spelling that slapd gives them.

slapd lowers characters one by one (to it, `Straße` and `STRASSE` are two) and by Unicode 3.2: it
tells apart the cases of what is newer.
"""

import re
import unicodedata
from typing import Final

_OLD = unicodedata.ucd_3_2_0
_FORM: Final = "NFKC"
_UNASSIGNED = "Cn"
# What any Unicode lowers the same, each by itself, and has no other form: most letters of Europe.
_LATIN = r"[!-~\u00c0-\u012f\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e]++"
_LATIN_WORDS = re.compile(f"{_LATIN}(?: {_LATIN})*+")


def folded(value: bytes) -> bytes:
    if value.isascii():
        return squeezed(value.lower())
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.lower()
    if _LATIN_WORDS.fullmatch(text):  # half the time of what follows, for many a name
        return text.lower().encode()
    return squeezed(_folded(text).encode())


def squeezed(value: bytes) -> bytes:
    """Without blanks at either end, or two in a row."""
    if b"  " in value or value.startswith(b" ") or value.endswith(b" "):
        return b" ".join([part for part in value.split(b" ") if part])
    return value


def _folded(text: str) -> str:
    lowered = _OLD.normalize(_FORM, text).translate(_LOWERED)
    return _OLD.normalize(_FORM, lowered)


class _Lowered(dict[int, str]):
    """By character; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        lower = character.lower()[0]
        known = _UNASSIGNED not in (_OLD.category(character), _OLD.category(lower))
        self[code] = lower if known else character
        return self[code]


_LOWERED = _Lowered()
