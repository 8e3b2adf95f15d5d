"""Findings that somebody knows and takes responsibility for: by rule, or by rule and entry."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator

from changeover.identities.findings import Rule
from changeover.ldap import dn
from changeover.types import Value

# Rules of 0.1.0, and what they are now.
_FORMER = {"unsupported-hash": (Rule.FOREIGN_SCHEME, Rule.DAMAGED_HASH)}


class Acceptance(Value):
    """A rule, for all entries or for those named by their DN, their uid or their cn."""

    rule: Rule
    entries: tuple[str, ...] = ()

    def each(self) -> Iterator["Acceptance"]:
        """One for each of the entries, to tell which of them are used."""
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
    """One of the items as today's rules call it; a string is `RULE` or `RULE:ENTRY`."""
    if isinstance(item, str):
        name, colon, entry = item.partition(":")
        item = {"rule": name, "entries": [entry] if colon else []}
    if isinstance(item, dict) and not all(str(each).strip() for each in item.get("entries", ())):
        # An empty variable of a script must not accept the rule for everybody.
        raise ValueError(
            f"{item.get('rule')}: names no entry: write a DN, uid or cn, or the rule alone"
        )
    former = _FORMER.get(str(item.get("rule")), ()) if isinstance(item, dict) else ()
    yield from ({**item, "rule": rule} for rule in former)
    if not former:
        yield item


Acceptances = Annotated[tuple[Acceptance, ...], BeforeValidator(_read)]


class Accepted:
    """What is accepted, ready to be asked of a finding."""

    def __init__(self, given: Iterable[Acceptance] = ()) -> None:
        self._all = tuple(one for acceptance in given for one in acceptance.each())
        self._by_rule: dict[Rule, dict[str, list[Acceptance]]] = {}
        for one in self._all:
            names = self._by_rule.setdefault(one.rule, defaultdict(list))
            for name in _names(*one.entries):
                names[name].append(one)

    def covering(self, rule: Rule, entry: str) -> list[Acceptance]:
        """Those that accept a finding of the rule for the entry, by its normalized DN."""
        names = self._by_rule.get(rule)
        if not names:
            return []
        return [one for key in (_ANY, entry, _rdn(entry)) for one in names.get(key, ())]

    def besides(self, used: Collection[Acceptance]) -> tuple[str, ...]:
        """In words, those that are not among these."""
        return tuple(dict.fromkeys(str(one) for one in self._all if one not in used))


NOTHING = Accepted()
_ANY = "*"


def _names(entry: str = "") -> Iterator[str]:
    """What a normalized DN is or begins with, for an entry that is called so."""
    if not entry:
        yield _ANY
        return
    try:
        yield dn.normal(entry)
    except ValueError:
        yield from (dn.part(attribute, entry.encode()) for attribute in ("uid", "cn"))


def _rdn(entry: str) -> str:
    return dn.split(entry)[0] if entry else ""
