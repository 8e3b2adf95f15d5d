"""The schema of a directory: slapd's built-in schema, the schema that SOCA loads, and a site's own.

`schemas/` contains OpenLDAP's definitions as data. A test compares them with the installed slapd.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from changeover.ldap import schema_files
from changeover.ldap.schema_definitions import Definitions, merged
from changeover.ldap.schema_lookup import Schema

_FOLDER = Path(__file__).with_name("schemas")
SOCA = ("builtin", "core", "cosine", "nis", "inetorgperson", "sudo")
"""The schema that slapd of every SOCA release has, by the names of our files."""
_OVERLAYS = "overlays"
_IGNORING_CASE = ("caseIgnoreMatch", "caseIgnoreIA5Match", "objectIdentifierMatch")
_NAMES_ENTRIES = ("distinguishedNameMatch",)
# Attributes that every server writes to every entry. They do not move, and are not reported.
_BOOKKEEPING = """
    structuralobjectclass entryuuid creatorsname createtimestamp entrycsn modifiersname
    modifytimestamp entrydn subschemasubentry hassubordinates contextcsn
"""
BOOKKEEPING = frozenset(_BOOKKEEPING.split())


@lru_cache(maxsize=20)
def load(files: tuple[str, ...] = SOCA, own: tuple[tuple[str, str], ...] = ()) -> Schema:
    """Return the schema of our `files` and a site's `own` definitions: (source, text) pairs.

    Raises BadSchema if a definition is wrong.
    """
    if own:
        return Schema(merged(schema_files.read(t, source) for source, t in own), load(files))
    return Schema(merged(map(_definitions, files)))


def _definitions(name: str) -> Definitions:
    return schema_files.read((_FOLDER / f"{name}.schema").read_text(), f"{name}.schema")


@cache
def _everything() -> Schema:
    """Every definition that we have, also those of overlays that SOCA does not load."""
    return Schema(_definitions(_OVERLAYS), load())


@lru_cache(maxsize=10_000)
def canonical_name(description: str) -> str:
    """Return the canonical name of an attribute: `cn` for `2.5.4.3` and `commonName`.

    Options follow, sorted, as in `usercertificate;binary`. An unknown name is only converted to
    lower case.
    """
    name, *options = description.lower().split(";")
    known = _everything().attribute(name)
    return ";".join((known.name if known else name, *sorted(set(options))))


@lru_cache(maxsize=10_000)
def spelled(description: str) -> str:
    """Return a canonical name as the schema spells it: `uidNumber` for `uidnumber`."""
    name, semicolon, options = description.partition(";")
    known = _everything().attribute(name)
    return f"{known.type.names[0] if known else name}{semicolon}{options}"


def names_of(name: str) -> tuple[str, ...]:
    """Return all names of an attribute, its OID last. An unknown attribute has only this name."""
    known = _everything().attribute(name)
    return (*known.type.names, known.type.oid) if known else (name,)


@lru_cache(maxsize=10_000)
def ignores_case(description: str) -> bool:
    """Whether case and extra spaces are ignored. Options such as `;lang-de` make no difference."""
    return _equality(description) in _IGNORING_CASE


@lru_cache(maxsize=10_000)
def names_entries(description: str) -> bool:
    """Whether values are compared as distinguished names."""
    return _equality(description) in _NAMES_ENTRIES


@lru_cache(maxsize=10_000)
def stays(description: str) -> bool:
    """Whether an attribute belongs to the server, so that it does not move with its entry.

    True for attributes that no user can modify, and for attributes of overlays, because SOCA loads
    no overlay. Built-in attributes that a user can modify (`ref`, `authzTo`) move.
    """
    attribute = _everything().attribute(description.partition(";")[0])
    if attribute is None:
        return False
    return attribute.type.unmodifiable or load().attribute(attribute.name) is None


def is_known(description: str) -> bool:
    """Whether slapd of a SOCA release knows the attribute. Options are ignored."""
    return load().attribute(description.partition(";")[0]) is not None


def _equality(description: str) -> str:
    attribute = _everything().attribute(description.partition(";")[0])
    return attribute.equality if attribute else ""


def own_definitions(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Check a site's definitions, {source: text}, and return them as `load` expects them.

    Raises BadSchema if a definition is wrong.
    """
    own = tuple(texts.items())
    if own:
        load(SOCA, own)
    return own
