"""Rollback of identities: decide which changes on the candidate can be applied to live."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet

from changeover.identities.directories import Directory
from changeover.ldap import dn, schema
from changeover.ldap.entry import Entry

_SHOWN = 5


def judge_foreign(
    changed: Mapping[str, Entry | None], live: Directory, release: str
) -> dict[str, str]:
    """Find entries with attributes or object classes that live's slapd would refuse.

    Known to live are SOCA's own schemas, and all attributes and object classes that live's entries
    have already. `changed` maps a normalized DN to the entry, or to None for a deletion. Returns
    the reason for each refused entry, by normalized DN.
    """
    layouts = {entry.row()[0] for entry in live.values()}
    attributes = {_type(name) for layout in layouts for name in layout.names}
    kinds = {name for layout in layouts for name in layout.classes}
    foreign: dict[str, str] = {}
    for name, entry in changed.items():
        if entry is None:
            continue
        layout = entry.row()[0]
        new_kinds = {n for n in layout.classes - kinds if schema.load().object_class(n) is None}
        if unknown := {*map(_type, layout.strange)} - attributes | new_kinds:
            names = ", ".join(sorted(unknown))
            foreign[name] = f"{entry.dn} has {names}, which {release}'s LDAP schema may not know"
    return foreign


def _type(description: str) -> str:
    """Return the attribute type without options such as `;lang-de`."""
    return description.partition(";")[0]


def judge_disputed(
    changed: Mapping[str, Entry | None],
    parity: Directory,
    live: Directory,
    anew: Collection[str] = (),
) -> list[str]:
    """Return the normalized DNs whose change must not be applied, because live was changed too.

    Live's version is the newer one and stays. Also returned are entries whose parent would be
    missing on live, and deletions of entries that keep children on live. `changed` maps a
    normalized DN to the candidate's entry, or to None for a deletion. `parity` holds the identities
    at the moment both releases were equal. `anew` names entries that are deleted and added again:
    if live lacks one, an earlier attempt was interrupted after the deletion.
    """
    disputed = {
        name
        for name, after in changed.items()
        if not _same(live.get(name), parity.get(name))
        and not _same(live.get(name), after)
        and not (name in anew and name not in live)
    }
    return sorted(disputed | _orphans(changed, live, disputed))


def _orphans(
    changed: Mapping[str, Entry | None], live: Directory, disputed: AbstractSet[str]
) -> set[str]:
    """Return changes that fail without the disputed ones, and those that fail without these."""
    returning = {name: after for name, after in changed.items() if name not in disputed}
    meant = with_changes(live, returning)
    parents = {dn.parent(name) for name in meant}
    below: dict[str, list[str]] = {}
    for name, after in returning.items():
        if after is not None:
            below.setdefault(dn.parent(name), []).append(name)
    found = [
        name
        for name, after in returning.items()
        if (name in parents if after is None else dn.parent(name) not in meant)
    ]
    baseless = set(found)
    for name in found:  # the list grows while it is read
        # Live keeps the entry: then its parent has to stay. Or live lacks it: then its children
        # have no parent.
        spoiled = _going(dn.parent(name), returning) if name in live else below.get(name, [])
        new = [each for each in spoiled if each not in baseless]
        baseless.update(new)
        found += new
    return baseless


def _going(name: str, returning: Mapping[str, Entry | None]) -> list[str]:
    return [name] if name in returning and returning[name] is None else []


def describe_skipped(disputed: list[str], clashes: Mapping[str, str], live: str) -> Iterator[str]:
    """Yield texts about the changes that were not applied to live."""
    if disputed:
        yield f"changed on both releases, so {live}'s version was kept: {', '.join(disputed)}"
    if clashes:
        more = f" and {len(clashes) - _SHOWN} more" if len(clashes) > _SHOWN else ""
        yield f"not possible on {live}: {'; '.join([*clashes.values()][:_SHOWN])}{more}"


def with_changes(live: Directory, returning: Mapping[str, Entry | None]) -> dict[str, Entry]:
    """Return live's entries with the changes applied; None deletes an entry."""
    meant = {name: entry for name, entry in live.items() if name not in returning}
    return meant | {name: entry for name, entry in returning.items() if entry is not None}


def _same(one: Entry | None, other: Entry | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.same(other)
