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
# Letters that are lowered the same by any Unicode, each by itself: all but the Turkish dotted I.
_LATIN = re.compile(r"[\0-\u012f\u0131-\u017e]*")


def folded(value: bytes) -> bytes:
    if not value.isascii():
        try:
            return squeezed(_folded(value.decode()).encode())
        except UnicodeDecodeError:
            return value.lower()
    return squeezed(value.lower())


def squeezed(value: bytes) -> bytes:
    """Without blanks at either end, or two in a row."""
    if b"  " in value or value.startswith(b" ") or value.endswith(b" "):
        return b" ".join([part for part in value.split(b" ") if part])
    return value


def _folded(text: str) -> str:
    if _LATIN.fullmatch(text) and unicodedata.is_normalized(_FORM, text):
        return text.lower()
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
