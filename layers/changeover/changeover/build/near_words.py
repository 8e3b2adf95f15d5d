"""Suggestions for misspelled words."""

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: object, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)` for the known word that is nearest, or an empty string."""
    close = get_close_matches(str(word), sorted(set(known)), n=1, cutoff=0.7)
    return f" (did you mean {close[0]}?)" if close else ""
