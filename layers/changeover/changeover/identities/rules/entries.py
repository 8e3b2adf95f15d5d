"""Rules about any entry. Facts that depend on the layout are computed once for thousands."""

from collections.abc import Callable, Sequence

from changeover.identities.findings import Rule
from changeover.identities.rules import schema_check
from changeover.identities.rules.attribute_values import LayoutValues
from changeover.identities.rules.collector import Notes
from changeover.identities.rules.rdns import Names
from changeover.identities.rules.schema_check import Fault
from changeover.ldap import dn, dn_syntax, equality, schema, syntaxes
from changeover.ldap.entry_layout import Layout, Values
from changeover.ldap.equality import Key
from changeover.ldap.schema_lookup import Schema

Check = Callable[[str, Values], None]
"""A function that checks one entry: its normalized DN, and its values."""

_CLASS = "objectclass"


class Entries:
    """Entries of one layout, checked in batches. `values` are those of the first entry."""

    def __init__(self, layout: Layout, values: Values, known: Schema, notes: Notes) -> None:
        self.names: list[str] = []
        """Normalized DNs of the waiting entries. Their values are in `rows`."""
        self.rows: list[Values] = []
        self._layout = layout
        self._known = known
        self._note = notes.note
        self._dns = Names(known, notes)
        self._values = LayoutValues(layout, known, notes)
        self._faults: dict[tuple[str, ...], tuple[Fault, ...]] = {}
        glue = schema_check.is_glue(layout, known)
        self._single = {name for name in layout.names if not glue and _is_single(name, known)}
        self._keys = {
            name: _key_of(name, known)
            for name in sorted(layout.names)
            if len(layout.all(values, name)) > 1 and name != _CLASS
        }
        self._twin_classes = _has_twins(layout.all(values, _CLASS), _class_key(known))

    def judge(self) -> None:
        """Check all waiting entries."""
        self._dns.judge(self.names, self.rows)
        self._values.judge(self.names, self.rows)
        if "+" in "".join(self.names) or any(map(self._has_faults, self._heads())):
            self._judge_one_by_one()
        if self._keys:
            self._judge_twins()
        self.names.clear()
        self.rows.clear()

    def _heads(self) -> set[str]:
        """Return the attributes in the RDNs of the waiting entries."""
        return {name.partition("=")[0] for name in self.names}

    def _has_faults(self, head: str) -> bool:
        return head in self._single or bool(self._faults_of((head,)))

    def _faults_of(self, naming: tuple[str, ...]) -> tuple[Fault, ...]:
        if naming not in self._faults:
            found = schema_check.faults(self._layout, naming, self._known)
            twins = [(Rule.TWIN_VALUES, schema.spelled(_CLASS))] if self._twin_classes else ()
            self._faults[naming] = (*found, *twins)
        return self._faults[naming]

    def _judge_one_by_one(self) -> None:
        for name, values in zip(self.names, self.rows, strict=True):
            naming = _naming(name)
            for rule, *facts in self._faults_of(naming):
                self._note(rule, name, *facts)
            for attribute in self._single.intersection(naming):
                if not self._holds(attribute, values):
                    reason = f"its DN has another {schema.spelled(attribute)} than the entry"
                    self._note(Rule.BAD_NAME, name, reason)

    def _holds(self, attribute: str, values: Values) -> bool:
        """Whether the entry's value of a single-valued attribute is the value in its RDN."""
        key = _key_of(attribute, self._known)
        own = {key(value) for value in self._layout.all(values, attribute)}
        try:
            first = next(dn_syntax.parts(values[0], syntaxes.of(self._known).naming))
        except ValueError:  # the DN as a whole was already refused
            return True
        return all(key(value) in own for each, value in first if each.attribute.name == attribute)

    def _judge_twins(self) -> None:
        for name, values in zip(self.names, self.rows, strict=True):
            for attribute, key in self._keys.items():
                if _has_twins(self._layout.all(values, attribute), key):
                    self._note(Rule.TWIN_VALUES, name, schema.spelled(attribute))


def _naming(name: str) -> tuple[str, ...]:
    """Return the attributes in the RDN of an entry."""
    if "+" not in name:
        return (name.partition("=")[0],)
    pairs = dn.split(dn.split(name)[0], "+")
    return tuple(pair.partition("=")[0] for pair in pairs)


def _class_key(known: Schema) -> Key:
    """Return a key function for object classes: a class has several names, and an OID."""

    def name(value: bytes) -> bytes:
        found = known.object_class(value.decode(errors="replace").lower())
        return found.name.encode() if found else value

    return name


def _has_twins(values: Sequence[bytes], key: Key) -> bool:
    if len(set(values)) < len(values):
        return True
    if key is bytes or (key is equality.exact_ascii and b" " not in b"".join(values)):
        return False
    return len(set(map(key, values))) < len(values)


def _is_single(description: str, known: Schema) -> bool:
    attribute = known.attribute(description)
    return attribute is not None and attribute.type.single


def _key_of(description: str, known: Schema) -> Key:
    attribute = known.attribute(description.partition(";")[0])
    return (attribute and equality.key_of(attribute.equality)) or bytes
