"""Normalize strings as slapd does for matching rules that ignore case and extra spaces.

slapd converts each character to lower case on its own, so that `Straße` and `STRASSE` differ. It
uses Unicode 3.2: the case of newer characters counts.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_OLD = unicodedata.ucd_3_2_0
_FORM: Final = "NFKC"
_UNASSIGNED = "Cn"
# Up to this length (characters), Python's own sort of combining marks is fast enough.
_SHORT = 200
# Most European letters: every Unicode version gives them the same lower case and no other form.
_LATIN = r"[!-~\u00c0-\u012f\u0131\u0134-\u013e\u0141-\u0148\u014a-\u017e]++"
_LATIN_WORDS = re.compile(f"{_LATIN}(?: {_LATIN})*+")


def folded(value: bytes) -> bytes:
    if value.isascii():
        return squeezed(value.lower())
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.lower()
    if _LATIN_WORDS.fullmatch(text):  # takes half the time of the general case; common in names
        return text.lower().encode()
    return squeezed(_folded(text).encode())


def composed(value: bytes) -> bytes:
    """Return the text in NFKC form with its case kept. Bytes that are not UTF-8 are unchanged."""
    try:
        return _OLD.normalize(_FORM, value.decode()).encode()
    except UnicodeDecodeError:
        return value


def squeezed(value: bytes) -> bytes:
    """Remove spaces at both ends, and repeated spaces."""
    value = value.strip(b" ")
    while b"  " in value:  # split and join would take many times the memory
        value = value.replace(b"  ", b" ")
    return value


def _folded(text: str) -> str:
    return _normal(_normal(text).translate(_LOWERED))


def _normal(text: str) -> str:
    return _OLD.normalize(_FORM, text if len(text) <= _SHORT else _marks_in_order(text))


def _marks_in_order(text: str) -> str:
    """Return equivalent text with each letter's combining marks in canonical order.

    Python uses an insertion sort for them, which takes quadratic time: an hour for a megabyte.
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
    """Maps each code point to its lower case. Filled on first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        lower = character.lower()[0]
        known = _UNASSIGNED not in (_OLD.category(character), _OLD.category(lower))
        self[code] = lower if known else character
        return self[code]


_LOWERED = _Lowered()
