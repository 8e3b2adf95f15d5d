"""Edits of variables and arrays in a shell script's text. Each raises NoAnchor where it is unsure.

A variable or array is edited only if all of it is plain words. What a shell would work out, such as
`$(…)`, is left to a person.
"""

import re
import shlex
from typing import Any

from changeover.build.intents.text_edits import NoAnchor, NoSetting, refuse_jinja

# A shell takes what follows without a blank into the same word: "a"b is ab.
_QUOTED = r""""(?:[^"\\`$\n]|\\.|\$(?!\())*"|'[^'\n]*'"""
_ONE_WORD = re.compile(rf"(?P<word>{_QUOTED}|[^\s\"'`()#;&|<>\\]*)[ \t]*(?:(?<=\s)#.*)?")
_PLAIN = r"""[^\s"'()#`\\][^\s"'()`\\]*+"""
_COMMENT = r"(?<![^\s(])#[^\n]*+"
_PARTS = re.compile(rf"(?:\s++|{_COMMENT}|{_QUOTED}|{_PLAIN})*+\)")
_COMMENT_OR_WORD = re.compile(rf"(?P<comment>{_COMMENT})|{_QUOTED}|{_PLAIN}")


def set_shell(text: str, name: str, value: Any) -> str:
    """Set a shell variable that is assigned once at a line's begin."""
    found = list(re.finditer(rf"^{re.escape(name)}=(.*)$", text, re.MULTILINE))
    if not found:
        raise NoSetting(f"there is no variable {name}")
    if len(found) > 1:
        raise NoAnchor(f"the variable {name} is assigned {len(found)} times")
    word = _ONE_WORD.fullmatch(found[0][1])
    if not word:
        raise NoAnchor(f"the value of the variable {name} is not one plain word")
    written = word["word"]
    if "$" not in written and _words(written) == [str(value)]:
        return text
    start = found[0].start(1)
    return text[:start] + shlex.quote(str(value)) + text[start + len(written) :]


def add_to_array(text: str, name: str, values: list[str]) -> str:
    """Add words to a shell array such as `NAME=( a b )`; words that it has stay."""
    found = _arrays(text, name)
    if len(found) != 1:
        raise NoAnchor(f"there are {len(found)} arrays {name} of plain words, not one")
    start, end = found[0]
    there = _words(text[start:end])
    new = [shlex.quote(each) for each in values if each not in there]
    if not new:
        return text
    refuse_jinja(" ".join(new))
    body = text[start:end].rstrip()
    indent = re.search(r"\n([ \t]*)\S", body)
    by = f"\n{indent[1]}" if indent else " "
    tail = "\n" if indent else " "
    # A word behind a comment belongs to the comment.
    first = "\n" if not indent and _comments(body) else ""
    return text[:start] + body + first + "".join(f"{by}{each}" for each in new) + tail + text[end:]


def _arrays(text: str, name: str) -> list[tuple[int, int]]:
    """Return the positions of what is between the parentheses of each array of that name."""
    opened = re.finditer(rf"^{re.escape(name)}=\(", text, re.MULTILINE)
    closed = ((each.end(), _PARTS.match(text, each.end())) for each in opened)
    return [(start, end.end() - 1) for start, end in closed if end]


def _comments(text: str) -> list[str]:
    found = _COMMENT_OR_WORD.finditer(text)
    return [each["comment"] for each in found if each["comment"]]


def _words(text: str) -> list[str]:
    """Return the words without comments; shlex's own comments begin within a word, as in a#b."""
    bare = _COMMENT_OR_WORD.sub(lambda found: "" if found["comment"] else found[0], text)
    try:
        return shlex.split(bare)
    except ValueError:
        return []
