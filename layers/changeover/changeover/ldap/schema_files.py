"""Read schema definitions (RFC 4512): OpenLDAP's `*.schema` files, and LDIF of a schema."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping

from changeover.ldap.schema_definitions import (
    AttributeType,
    BadSchema,
    Definitions,
    Kind,
    ObjectClass,
)
from changeover.ldap.schema_tokens import Words, oid

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9;-]*")
_BEGINS = re.compile(r"(?:olc)?(\w+)(?:::?[ \t]*|[ \t]+)(?:\{\d+\})?(?=\S)")
_KEYWORDS = {
    "attributetype": "attribute",
    "attributetypes": "attribute",
    "objectclass": "class",
    "objectclasses": "class",
    "objectidentifier": "macro",
}
# Keywords of a schema file that define no attribute and no class.
_OTHERS = """
    ldapsyntax ldapsyntaxes ditcontentrule ditcontentrules matchingrules matchingruleuse dn cn
    objectclass version structuralobjectclass entryuuid creatorsname createtimestamp entrycsn
    modifiersname modifytimestamp subschemasubentry entrydn hassubordinates
"""


def read(text: str, source: str) -> Definitions:
    """Read the definitions of one schema. `source` is its file name, for messages.

    Accepts `attributetype ( … )` and `objectclass ( … )` with `objectidentifier` macros, as in
    OpenLDAP's `*.schema` files. Also accepts `olcAttributeTypes: ( … )` or `attributeTypes:` as in
    LDIF. Raises BadSchema with the line number if a definition is wrong.
    """
    found, macros = Definitions(), dict[str, str]()
    for number, keyword, rest in _statements(text, source):
        place = f"{source}, line {number}"
        what = (
            _KEYWORDS.get(keyword) if rest.startswith("(") or keyword.startswith("objecti") else ""
        )
        if what == "attribute":
            found.attributes.append((place, _attribute(Words(rest, place, macros))))
        elif what == "class":
            found.classes.append((place, _class(Words(rest, place, macros))))
        elif what == "macro":
            _add_macro(rest.split(), macros, place)
        elif keyword not in _OTHERS.split():
            raise BadSchema(
                f"{place}: {keyword!r} is not a schema definition; use attributetype, objectclass"
                " or objectidentifier, or olcAttributeTypes and olcObjectClasses in LDIF"
            )
    return found


def _statements(text: str, source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, keyword in lower case, and the rest of each statement, unfolded."""
    for number, line in _unfolded(text):
        begins = _BEGINS.match(line)
        if begins is None:
            raise BadSchema(
                f"{source}, line {number}: no definition begins here; a continuation line must"
                " begin with a space"
            )
        rest = line[begins.end() :]
        if "::" in begins[0]:
            rest = _decoded(rest, f"{source}, line {number}")
        yield number, begins[1].lower(), rest.strip()


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield statements with their line numbers: join continuation lines, skip comments."""
    ldif = re.search(r"^(?:dn|olc\w+|attributeTypes|objectClasses)::? ", text, re.MULTILINE)
    pieces: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if line[0] in " \t" and pieces:
            pieces.append(line[1:] if ldif else line)
            continue
        if pieces:
            yield start, "".join(pieces)
        start, pieces = number, [line]
    if pieces:
        yield start, "".join(pieces)


def _decoded(text: str, place: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise BadSchema(f"{place}: bad base64; is the file cut off?") from None


def _add_macro(words: list[str], macros: dict[str, str], place: str) -> None:
    if len(words) != 2:  # noqa: PLR2004 - a name and its OID
        raise BadSchema(f"{place}: objectidentifier requires a name and an OID")
    macros[words[0].lower()] = oid(words[1], macros, place)


_Setter = Callable[[Words], object]


def _facts(words: Words, setters: Mapping[str, tuple[str, _Setter]]) -> dict[str, object]:
    """Return the fields of a definition. Each keyword may occur once; `X-…` is ignored."""
    facts: dict[str, object] = {}
    while not words.end():
        keyword = words.next()
        if keyword.startswith("X-"):
            if (keyword, words.several()) == ("X-ORDERED", ("VALUES",)):
                facts["ordered"] = True
            continue
        if keyword not in setters:
            words.fail(f"the keyword {keyword!r} is not allowed here")
        name, setter = setters[keyword]
        if name in facts:
            words.fail(f"{keyword} occurs twice")
        facts[name] = setter(words)
    facts.pop("", None)
    return facts


def _names(words: Words) -> tuple[str, ...]:
    names = words.several()
    if not names or not all(map(_NAME.fullmatch, names)):
        words.fail(f"{' '.join(names)!r} is not a valid name")
    return names


def _one(words: Words) -> str:
    return words.next()


def _is_said(_: Words) -> bool:
    return True


def _syntax(words: Words) -> str:
    """Return the OID without a length such as `{64}`: no server enforces lengths."""
    return oid(words.next().partition("{")[0], words.macros, words.place)


def _usage(words: Words) -> str:
    usage = words.next()
    if usage not in _USAGES:
        words.fail(f"{usage!r} is not a USAGE")
    return usage


_USAGES = ("userApplications", "directoryOperation", "distributedOperation", "dSAOperation")
_OF_BOTH: Mapping[str, tuple[str, _Setter]] = {
    "NAME": ("names", _names),
    "DESC": ("", _one),
    "OBSOLETE": ("obsolete", _is_said),
}
_OF_ATTRIBUTES: Mapping[str, tuple[str, _Setter]] = {
    **_OF_BOTH,
    "SUP": ("superior", _one),
    "EQUALITY": ("equality", _one),
    "ORDERING": ("ordering", _one),
    "SUBSTR": ("substrings", _one),
    "SYNTAX": ("syntax", _syntax),
    "SINGLE-VALUE": ("single", _is_said),
    "COLLECTIVE": ("collective", _is_said),
    "NO-USER-MODIFICATION": ("unmodifiable", _is_said),
    "USAGE": ("usage", _usage),
}
_OF_CLASSES: Mapping[str, tuple[str, _Setter]] = {
    **_OF_BOTH,
    "SUP": ("superiors", Words.several),
    **{kind.value: ("kind", lambda _, kind=kind: kind) for kind in Kind},  # type: ignore[misc]
    "MUST": ("must", Words.several),
    "MAY": ("may", Words.several),
}


def _attribute(words: Words) -> AttributeType:
    facts = _facts(words, _OF_ATTRIBUTES)
    for unused in ("ordering", "substrings"):
        facts.pop(unused, None)
    if not (facts.get("superior") or facts.get("syntax")):
        words.fail("it has neither SUP nor SYNTAX")
    return AttributeType(words.oid, facts.pop("names", (words.oid,)), **facts)  # type: ignore[arg-type]


def _class(words: Words) -> ObjectClass:
    facts = _facts(words, _OF_CLASSES)
    return ObjectClass(words.oid, facts.pop("names", (words.oid,)), **facts)  # type: ignore[arg-type]
