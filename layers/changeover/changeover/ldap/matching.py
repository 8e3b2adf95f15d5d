"""Strings whose case and needless blanks do not count, in the one spelling that slapd gives them.

slapd lowers characters one by one (to it, `Straße` and `STRASSE` are two) and by Unicode 3.2: it
tells apart the cases of what is newer.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_OLD = unicodedata.ucd_3_2_0
_FORM: Final = "NFKC"
_UNASSIGNED = "Cn"
# So few accents are sorted at once.
_SHORT = 200
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


def composed(value: bytes) -> bytes:
    """Text in its one composed form, case kept; what is not UTF-8 stays as it is."""
    try:
        return _OLD.normalize(_FORM, value.decode()).encode()
    except UnicodeDecodeError:
        return value


def squeezed(value: bytes) -> bytes:
    """Without blanks at either end, or two in a row."""
    value = value.strip(b" ")
    while b"  " in value:  # a list of what stands between them would take many times its bytes
        value = value.replace(b"  ", b" ")
    return value


def _folded(text: str) -> str:
    return _normal(_normal(text).translate(_LOWERED))


def _normal(text: str) -> str:
    return _OLD.normalize(_FORM, text if len(text) <= _SHORT else _marks_in_order(text))


def _marks_in_order(text: str) -> str:
    """The same to Unicode, but each letter's accents stand in the order that it gives them.

    Python sorts them by insertion, which takes the square of their number: an hour for a megabyte.
    """
    pieces: list[str] = []
    marks: list[str] = []
    for character in "".join(map(_decomposed, text)):
        if _OLD.combining(character):
            marks.append(character)
        else:
            pieces += sorted(marks, key=_OLD.combining)
            pieces.append(character)
            marks.clear()
    return "".join((*pieces, *sorted(marks, key=_OLD.combining)))


@lru_cache(maxsize=10_000)
def _decomposed(character: str) -> str:
    return _OLD.normalize("NFKD", character)


class _Lowered(dict[int, str]):
    """By character; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        lower = character.lower()[0]
        known = _UNASSIGNED not in (_OLD.category(character), _OLD.category(lower))
        self[code] = lower if known else character
        return self[code]


_LOWERED = _Lowered()
