"""The schema of a directory: what slapd has built in, what SOCA loads, and what a site adds.

`schemas/` holds OpenLDAP's definitions as data; a test compares them with the installed slapd.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from changeover.ldap import schema_files
from changeover.ldap.schema_definitions import Definitions, merged
from changeover.ldap.schema_lookup import Schema

_FOLDER = Path(__file__).with_name("schemas")
SOCA = ("builtin", "core", "cosine", "nis", "inetorgperson", "sudo")
"""What the slapd of every SOCA release knows, by the names of our files."""
_OVERLAYS = "overlays"
_IGNORING_CASE = ("caseIgnoreMatch", "caseIgnoreIA5Match", "objectIdentifierMatch")
_NAMES_ENTRIES = ("distinguishedNameMatch",)
# What every server writes for every entry. Nobody needs to hear that it does not move.
_BOOKKEEPING = """
    structuralobjectclass entryuuid creatorsname createtimestamp entrycsn modifiersname
    modifytimestamp entrydn subschemasubentry hassubordinates contextcsn
"""
BOOKKEEPING = frozenset(_BOOKKEEPING.split())


@lru_cache(maxsize=20)
def load(files: tuple[str, ...] = SOCA, own: tuple[tuple[str, str], ...] = ()) -> Schema:
    """The schema of our `files`, and a site's `own`: pairs of a source and its text.

    Raises BadSchema.
    """
    if own:
        return Schema(merged(schema_files.read(t, source) for source, t in own), load(files))
    return Schema(merged(map(_definitions, files)))


def _definitions(name: str) -> Definitions:
    return schema_files.read((_FOLDER / f"{name}.schema").read_text(), f"{name}.schema")


@cache
def _everything() -> Schema:
    """What is known of names and of how values compare, wherever they come from."""
    return Schema(_definitions(_OVERLAYS), load())


@lru_cache(maxsize=10_000)
def canonical_name(description: str) -> str:
    """The one spelling of an attribute's description: `2.5.4.3` and `commonName` are `cn`.

    Options follow in order, as in `usercertificate;binary`. An unknown name is only lowered.
    """
    name, *options = description.lower().split(";")
    known = _everything().attribute(name)
    return ";".join((known.name if known else name, *sorted(set(options))))


@lru_cache(maxsize=10_000)
def spelled(description: str) -> str:
    """A canonical description as people read it: `uidNumber` for `uidnumber`."""
    name, semicolon, options = description.partition(";")
    known = _everything().attribute(name)
    return f"{known.type.names[0] if known else name}{semicolon}{options}"


def names_of(name: str) -> tuple[str, ...]:
    """All names of an attribute, its OID last; the given one alone if no schema knows it."""
    known = _everything().attribute(name)
    return (*known.type.names, known.type.oid) if known else (name,)


@lru_cache(maxsize=10_000)
def ignores_case(description: str) -> bool:
    """Whether case and needless blanks do not count. Options such as `;lang-de` change nothing."""
    return _equality(description) in _IGNORING_CASE


@lru_cache(maxsize=10_000)
def names_entries(description: str) -> bool:
    """Whether values are compared as distinguished names."""
    return _equality(description) in _NAMES_ENTRIES


@lru_cache(maxsize=10_000)
def stays(description: str) -> bool:
    """Whether an attribute is the server's own, and moves with nobody.

    That is every attribute that no user can change, and those that an overlay keeps: SOCA loads
    none. What a user can change and slapd knows by itself (`ref`, `authzTo`) moves.
    """
    attribute = _everything().attribute(description.partition(";")[0])
    if attribute is None:
        return False
    return attribute.type.unmodifiable or load().attribute(attribute.name) is None


def is_known(description: str) -> bool:
    """Whether the slapd of a SOCA release knows the attribute, its options aside."""
    return load().attribute(description.partition(";")[0]) is not None


def _equality(description: str) -> str:
    attribute = _everything().attribute(description.partition(";")[0])
    return attribute.equality if attribute else ""


def own_definitions(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A site's definitions, by source, as `load` takes them. Raises BadSchema if they are wrong."""
    own = tuple(texts.items())
    if own:
        load(SOCA, own)
    return own
