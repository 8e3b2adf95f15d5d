"""What slapd's schema check says of all entries of one layout that are named alike.

The oracle is slapd: what `slapadd` or `ldapadd` refuses is a fault. The import runs slapadd, later
changes run ldapmodify, which checks as ldapadd does and minds more.
"""

from collections.abc import Iterable, Iterator, Sequence

from changeover.identities.findings import Rule
from changeover.ldap import schema, syntaxes
from changeover.ldap.entry_layout import Layout
from changeover.ldap.schema_definitions import Kind
from changeover.ldap.schema_lookup import Attribute, Class, Schema

Fault = tuple[Rule, *tuple[str, ...]]
"""A rule, and the facts that its wording wants."""

_CLASS = "objectclass"
_EXTENSIBLE = "extensibleobject"
_GLUE = "glue"
_BINARY = "binary"
_LANGUAGE = "lang-"
# Where slapd's own code allows an attribute, whatever the entry's classes are.
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
    """What is wrong with every entry of the layout.

    `naming` are the canonical names of the attributes that such entries are named by: a server
    adds those that an entry lacks, except to glue.
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
    """Whether it only stands for a parent that is missing: slapd lets it have any name."""
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
        return "slapd takes its values with the option ;binary only"
    if options and attribute.type.operational:
        return "slapd takes no options with an operational attribute"
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
    """What makes an attribute unfit to name an entry."""
    for name in naming:
        attribute = known.attribute(name)
        if attribute is None:
            yield Rule.BAD_NAME, f"its name begins with {name}, which is in no schema"
        elif attribute.type.operational or attribute.type.collective or attribute.type.ordered:
            yield Rule.BAD_NAME, f"{schema.spelled(name)} cannot name an entry"
        elif not attribute.equality:
            yield (
                Rule.BAD_NAME,
                f"{schema.spelled(name)} cannot name an entry: it has no equality rule",
            )


def _chain(own: Sequence[Class], known: Schema) -> Iterator[Fault]:
    """One structural class for all its life, which every other is above."""
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
                f"has the abstract object class {each.name} and none of its kind",
            )
        if each.obsolete:
            yield Rule.CLASS_CHAIN, f"has the object class {each.name}, which is obsolete"
        if each.name in _CLASSES_NOWHERE or (each.name == "subschema" and "subentry" not in names):
            yield Rule.CLASS_CHAIN, f"has the object class {each.name}, which is a server's own"


def _held(
    own: Sequence[Class], present: dict[str, Attribute | None], known: Schema
) -> Iterator[Fault]:
    """What the classes want and allow. Those above the structural class allow nothing by itself."""
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
    """Why an entry of these classes cannot have the attribute."""
    name = attribute.name
    if name in _NOWHERE.split():
        return _IN_ROOT_ONLY
    if name in _ONLY_IN and _ONLY_IN[name] not in names:
        return f"only entries of the object class {_ONLY_IN[name]} have it"
    if attribute.type.collective or attribute.type.obsolete:
        return "it is collective or obsolete"
    free = attribute.type.operational or _EXTENSIBLE in names
    return "" if free or name in allowed else "none of its object classes does"


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _type(description: str) -> str:
    return description.partition(";")[0]
