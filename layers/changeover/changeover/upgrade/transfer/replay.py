"""What users changed on the candidate: what of it can come back to live, and what must not."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet

from changeover.identities.directories import Directory
from changeover.ldap import dn, schema
from changeover.ldap.entry import Entry

_SHOWN = 5


def judge_foreign(
    changed: Mapping[str, Entry | None], live: Directory, release: str
) -> dict[str, str]:
    """Why live's server would refuse an entry: what is in no schema that it is known to have.

    Those are SOCA's own schemas, and all that live's entries have already.
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
            foreign[name] = f"{entry.dn} has {names}, which no schema of {release} is known to have"
    return foreign


def _type(description: str) -> str:
    """Without options such as `;lang-de`."""
    return description.partition(";")[0]


def judge_disputed(
    changed: Mapping[str, Entry | None],
    parity: Directory,
    live: Directory,
    anew: Collection[str] = (),
) -> list[str]:
    """Entries that live's users have changed as well: their word is the newer one.

    With them go those that would stand below nothing, or vanish from above another. Entries to be
    made `anew` that live lacks were deleted by an earlier try, which was broken off.
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
    """What cannot come back without the disputed, and what cannot without that, and so on."""
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
    for name in found:  # it grows
        # As live has it: its parent has to stay, or what stands below it stands below nothing.
        spoiled = _going(dn.parent(name), returning) if name in live else below.get(name, [])
        new = [each for each in spoiled if each not in baseless]
        baseless.update(new)
        found += new
    return baseless


def _going(name: str, returning: Mapping[str, Entry | None]) -> list[str]:
    return [name] if name in returning and returning[name] is None else []


def describe_skipped(disputed: list[str], clashes: Mapping[str, str], live: str) -> Iterator[str]:
    """In words, what did not come back."""
    if disputed:
        yield f"changed on both releases, and left as {live} has it: {', '.join(disputed)}"
    if clashes:
        more = f" and {len(clashes) - _SHOWN} more" if len(clashes) > _SHOWN else ""
        yield f"not possible on {live}: {'; '.join([*clashes.values()][:_SHOWN])}{more}"


def with_changes(live: Directory, returning: Mapping[str, Entry | None]) -> dict[str, Entry]:
    meant = {name: entry for name, entry in live.items() if name not in returning}
    return meant | {name: entry for name, entry in returning.items() if entry is not None}


def _same(one: Entry | None, other: Entry | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.same(other)
