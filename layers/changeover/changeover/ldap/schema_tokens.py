"""Split one schema definition into words."""

import re
from collections.abc import Mapping
from typing import NoReturn

from changeover.ldap.schema_definitions import BadSchema

_WORD = re.compile(r"'[^']*'|[()$]|[^\s()$']+|'")
_OID = re.compile(r"[0-9]+(?:\.[0-9]+)+")


def oid(text: str, macros: Mapping[str, str], place: str) -> str:
    """Return a numeric OID with macros replaced. Raises BadSchema if it is not an OID."""
    name, colon, suffix = text.partition(":")
    value = macros.get(name.lower(), name) + ("." + suffix if colon else "")
    if not _OID.fullmatch(value):
        raise BadSchema(
            f"{place}: {text!r} is not an OID; define it with objectidentifier before this line"
        )
    return value


class Words:
    """Reads the words of one definition, between its parentheses. Raises BadSchema on errors."""

    def __init__(self, text: str, place: str, macros: Mapping[str, str]) -> None:
        self.place = place
        self.macros = macros
        self._words: list[str] = _WORD.findall(text)
        if "'" in self._words:
            self.fail("a closing quote is missing")
        self._at = 0
        self._expect("(")
        self.oid = oid(self.next(), macros, place)

    def next(self) -> str:
        """Return the next word without its quotes."""
        if self._at >= len(self._words):
            self.fail("a closing parenthesis is missing")
        self._at += 1
        return self._words[self._at - 1].strip("'")

    def end(self) -> bool:
        """Whether the definition ends here. Raises BadSchema if text follows it."""
        if self._words[self._at :] == [")"]:
            return True
        if self._peek() == ")":
            self.fail("text after the last parenthesis")
        return False

    def several(self) -> tuple[str, ...]:
        """Return one word, or all words in parentheses, with or without `$` between them."""
        if self._peek() != "(":
            return (self.next(),)
        self._at += 1
        words: list[str] = []
        while self._peek() != ")":
            if (word := self.next()) != "$":
                words.append(word)
        self._at += 1
        return tuple(words)

    def fail(self, reason: str) -> NoReturn:
        raise BadSchema(f"{self.place}: {reason}; correct the definition")

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _expect(self, word: str) -> None:
        if self._peek() != word:
            self.fail(f"{word!r} is missing")
        self._at += 1
