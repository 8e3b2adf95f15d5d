"""The schema check of slapd, for all entries of one layout with the same attributes in the RDN.

slapd is the reference: an entry that `slapadd` or `ldapadd` refuses has a fault. The import runs
slapadd. Later changes run ldapmodify, which checks as ldapadd does and is stricter.
"""

from collections.abc import Iterable, Iterator, Sequence

from changeover.identities.findings import Rule
from changeover.ldap import schema, syntaxes
from changeover.ldap.entry_layout import Layout
from changeover.ldap.schema_definitions import Kind
from changeover.ldap.schema_lookup import Attribute, Class, Schema

Fault = tuple[Rule, *tuple[str, ...]]
"""A rule, and the facts that fill its reason."""

_CLASS = "objectclass"
_EXTENSIBLE = "extensibleobject"
_GLUE = "glue"
_BINARY = "binary"
_LANGUAGE = "lang-"
# Attributes that slapd's code allows only in certain entries, independent of the schema.
_IN_SUBENTRIES = """
    subtreespecification ditstructurerules ditcontentrules matchingrules attributetypes
    objectclasses nameforms matchingruleuse ldapsyntaxes
"""
_ONLY_IN = {
    "aliasedobjectname": "alias",
    "ref": "referral",
    **dict.fromkeys(_IN_SUBENTRIES.split(), "subentry"),
}
_NOWHERE = """
    administrativerole altserver namingcontexts supportedcontrol supportedextension
    supportedfeatures supportedldapversion supportedsaslmechanisms vendorname vendorversion
    monitorcontext configcontext dynamicsubtrees entryttl
"""
_IN_ROOT_ONLY = "only the server's root entry has it"
_CLASSES_NOWHERE = frozenset(("openldaprootdse", "dynamicobject"))


def faults(layout: Layout, naming: Sequence[str], known: Schema) -> Iterator[Fault]:
    """Yield the faults that every entry of the layout has.

    `naming` are the canonical names of the attributes in the RDN. slapd adds them to an entry that
    lacks them, except to glue entries.
    """
    if is_glue(layout, known):
        naming = ()
    kinds = [known.object_class(name) for name in sorted(layout.classes)]
    present = {_type(name): known.attribute(_type(name)) for name in sorted(layout.names)}
    for name in sorted(layout.excluded.keys() & {*_NOWHERE.split()}):
        yield Rule.NOT_ALLOWED, schema.spelled(name), _IN_ROOT_ONLY
    yield from _unknown(layout, present, known)
    yield from _several(layout, known)
    yield from _names(naming, known)
    if _CLASS not in present:
        yield Rule.INCOMPLETE, schema.spelled(_CLASS)
    elif all(kinds):
        own = [each for each in kinds if each]
        named = {name: known.attribute(name) for name in naming}
        yield from _chain(own, known)
        yield from _held(own, present | named, known)


def is_glue(layout: Layout, known: Schema) -> bool:
    """Whether it is a glue entry, a placeholder for a missing parent, which may have any DN."""
    kinds = map(known.object_class, layout.classes)
    return any(kind is not None and kind.name == _GLUE for kind in kinds)


def _unknown(
    layout: Layout, present: dict[str, Attribute | None], known: Schema
) -> Iterator[Fault]:
    yield from ((Rule.UNKNOWN_ATTRIBUTE, name) for name, each in present.items() if not each)
    for name in sorted(layout.classes):
        if known.object_class(name) is None:
            yield Rule.UNKNOWN_CLASS, name
    for description in sorted(layout.names):
        attribute = present[_type(description)]
        if attribute and (reason := _option_fault(description, attribute)):
            yield Rule.BAD_OPTION, schema.spelled(description), reason


def _option_fault(description: str, attribute: Attribute) -> str:
    _, *options = description.split(";")
    binary = attribute.syntax in syntaxes.BINARY
    if binary and _BINARY not in options:
        return "slapd accepts its values only with the option ;binary"
    if options and attribute.type.operational:
        return "slapd does not accept options on an operational attribute"
    for option in options:
        language = option.startswith(_LANGUAGE) and not option.endswith("-")
        if not (language or (binary and option == _BINARY)):
            return f"slapd does not know the option ;{option} here"
    return ""


def _several(layout: Layout, known: Schema) -> Iterator[Fault]:
    for description, columns in sorted(layout.columns().items()):
        attribute = known.attribute(_type(description))
        if attribute and attribute.type.single and len(columns) > 1:
            yield Rule.SEVERAL_VALUES, schema.spelled(description)


def _names(naming: Sequence[str], known: Schema) -> Iterator[Fault]:
    """Yield the faults of attributes that cannot be in an RDN."""
    for name in naming:
        attribute = known.attribute(name)
        if attribute is None:
            yield Rule.BAD_NAME, f"its RDN has the attribute {name}, which is in no schema"
        elif attribute.type.operational or attribute.type.collective or attribute.type.ordered:
            yield Rule.BAD_NAME, f"{schema.spelled(name)} cannot name an entry"
        elif not attribute.equality:
            yield (
                Rule.BAD_NAME,
                f"{schema.spelled(name)} cannot name an entry: it has no equality rule",
            )


def _chain(own: Sequence[Class], known: Schema) -> Iterator[Fault]:
    """Yield faults of the class chain: exactly one structural class, and only its superiors."""
    structural = known.structural(each.name for each in own)
    if not structural:
        yield Rule.CLASS_CHAIN, "has no structural object class"
    elif len(structural) > 1:
        two = " and ".join(sorted(structural))
        yield Rule.CLASS_CHAIN, f"has two structural object classes, {two}"
    covered = {"top"}.union(
        *(each.above for each in own if each.kind is Kind.AUXILIARY or each.name in structural)
    )
    names = {each.name for each in own}
    for each in own:
        if each.kind is Kind.ABSTRACT and each.name not in covered:
            yield (
                Rule.CLASS_CHAIN,
                f"has the abstract object class {each.name} and no subclass of it",
            )
        if each.obsolete:
            yield Rule.CLASS_CHAIN, f"has the object class {each.name}, which is obsolete"
        if each.name in _CLASSES_NOWHERE or (each.name == "subschema" and "subentry" not in names):
            yield Rule.CLASS_CHAIN, f"has the object class {each.name}, which only servers use"


def _held(
    own: Sequence[Class], present: dict[str, Attribute | None], known: Schema
) -> Iterator[Fault]:
    """Yield missing and forbidden attributes. Superiors count through their structural class."""
    structural = known.structural(each.name for each in own)
    speaking = [e for e in own if e.kind is Kind.AUXILIARY or e.name in structural]
    required = _union(each.must for each in speaking if each.kind is not Kind.ABSTRACT)
    if missing := sorted(required - present.keys()):
        yield Rule.INCOMPLETE, ", ".join(map(schema.spelled, missing))
    names = {each.name for each in own}
    allowed = required | _union(each.may for each in speaking) | {_CLASS}
    for name, attribute in present.items():
        if attribute and (reason := _refused(attribute, names, allowed)):
            yield Rule.NOT_ALLOWED, schema.spelled(name), reason


def _refused(attribute: Attribute, names: set[str], allowed: frozenset[str]) -> str:
    """Return the reason why an entry of these classes cannot have the attribute, or ''."""
    name = attribute.name
    if name in _NOWHERE.split():
        return _IN_ROOT_ONLY
    if name in _ONLY_IN and _ONLY_IN[name] not in names:
        return f"only entries of the object class {_ONLY_IN[name]} have it"
    if attribute.type.collective or attribute.type.obsolete:
        return "it is collective or obsolete"
    free = attribute.type.operational or _EXTENSIBLE in names
    return "" if free or name in allowed else "none of its object classes allows it"


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _type(description: str) -> str:
    return description.partition(";")[0]
