"""Findings that a person has accepted, by rule, or by rule and entry."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator

from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.types import Value

# Rule names of 0.1.0, and the rules that replaced them.
_FORMER = {"unsupported-hash": (Rule.FOREIGN_SCHEME, Rule.DAMAGED_HASH)}


class Acceptance(Value):
    """An accepted rule: for all entries, or for the entries with these DNs, uids or cns."""

    rule: Rule
    entries: tuple[str, ...] = ()

    def each(self) -> Iterator["Acceptance"]:
        """Yield one acceptance for each entry, so that unused ones can be reported."""
        if not self.entries:
            yield self
        yield from (Acceptance(rule=self.rule, entries=(entry,)) for entry in self.entries)

    def __str__(self) -> str:
        return ":".join([self.rule, *self.entries])


def _read(given: Any) -> Any:
    if not isinstance(given, (list, tuple)):
        return given
    return [each for item in given for each in _renewed(item)]


def _renewed(item: Any) -> Iterator[Any]:
    """Yield an item under the current rule names. A string is `RULE` or `RULE:ENTRY`."""
    if isinstance(item, str):
        name, colon, entry = item.partition(":")
        item = {"rule": name, "entries": [entry] if colon else []}
    if isinstance(item, dict) and not all(str(each).strip() for each in item.get("entries", ())):
        # An empty variable in a script must not accept the rule for all entries.
        raise ValueError(
            f"{item.get('rule')}: names no entry: write a DN, uid or cn, or the rule alone"
        )
    former = _FORMER.get(str(item.get("rule")), ()) if isinstance(item, dict) else ()
    yield from ({**item, "rule": rule} for rule in former)
    if not former:
        yield item


Acceptances = Annotated[tuple[Acceptance, ...], BeforeValidator(_read)]


class Accepted:
    """The acceptances, indexed for lookup by a finding."""

    def __init__(self, given: Iterable[Acceptance] = ()) -> None:
        self._all = tuple(one for acceptance in given for one in acceptance.each())
        self._by_rule: dict[Rule, dict[str, list[Acceptance]]] = {}
        for one in self._all:
            names = self._by_rule.setdefault(one.rule, defaultdict(list))
            for name in _names(*one.entries):
                names[name].append(one)

    def covering(self, rule: Rule, entry: str) -> list[Acceptance]:
        """Return the acceptances for a finding of this rule. `entry` is a normalized DN."""
        names = self._by_rule.get(rule)
        if not names:
            return []
        return [one for key in (_ANY, entry, _rdn(entry)) for one in names.get(key, ())]

    def besides(self, used: Collection[Acceptance]) -> tuple[str, ...]:
        """Return the acceptances that are not in `used`, as text."""
        return tuple(dict.fromkeys(str(one) for one in self._all if one not in used))


NOTHING = Accepted()
_ANY = "*"


def _names(entry: str = "") -> Iterator[str]:
    """Yield the keys that match this entry: a normalized DN, or the RDNs `uid=…` and `cn=…`."""
    if not entry:
        yield _ANY
        return
    try:
        yield dn.normal(entry)
    except ValueError:
        yield from (dn.part(attribute, entry.encode()) for attribute in ("uid", "cn"))


def _rdn(entry: str) -> str:
    return dn.split(entry)[0] if entry else ""
