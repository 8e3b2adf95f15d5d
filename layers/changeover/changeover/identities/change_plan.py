"""From one directory to another: what differs, in an order that a server accepts, as LDIF."""

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from changeover.errors import Unhealthy
from changeover.identities.directories import Directory
from changeover.ldap import dn, ldif, schema
from changeover.ldap.entry import Entry
from changeover.ldap.subtrees import Subtrees
from changeover.types import Percent, Value

# A group may have thousands: those who come and go are named. Others are replaced as a whole, for
# a server tells the values of some (jpegPhoto) not apart.
_MEMBERS = frozenset(("memberuid", "member", "uniquemember"))
# In a small directory a few changes are many percent.
_HARMLESS = 20


class Ceilings(Value):
    """A plan of identity changes beyond these looks like a disaster and is stopped."""

    deletions: int = Field(500, ge=0, description="entries that one plan may delete")
    deletions_percent: Percent = Field(5, description="likewise, of all entries")
    changes_percent: Percent = Field(50, description="entries that one plan may change, of all")
    lost_logins_percent: Percent = Field(
        50, description="of users who could log in at the export, so many may not at the freeze"
    )


class Kind(StrEnum):
    ADD = "add"
    DELETE = "delete"
    MODIFY = "modify"


@dataclass(frozen=True, slots=True)
class Change:
    """One operation on one entry; `before` and `after` are missing where there is nothing."""

    kind: Kind
    name: str
    before: Entry | None = None
    after: Entry | None = None


def plan(
    current: Directory, wanted: Directory, among: AbstractSet[str] | None = None
) -> tuple[Change, ...]:
    """The changes that make `current` into `wanted`; `among` are the names that may differ.

    Children are deleted ahead of their parents, parents added ahead of their children. What must be
    made anew (of another structural class, or its name spelled otherwise) is added as soon as it is
    deleted, but for what stands below it: whatever breaks the plan off, little is missing.
    """
    names = differing(current, wanted) if among is None else among
    changed = [n for n in names if n in current and n in wanted]
    anew = _with_children({n for n in changed if _is_recreated(current[n], wanted[n])}, wanted)
    gone = [n for n in names if n in current and n not in wanted]
    new = [n for n in names if n in wanted and n not in current and n not in anew]
    return (
        *(Change(Kind.DELETE, n, before=current[n]) for n in _deepest_first(gone)),
        *_recreated(anew, current, wanted),
        *(Change(Kind.ADD, n, after=wanted[n]) for n in _parents_first(new)),
        *(
            Change(Kind.MODIFY, n, current[n], wanted[n])
            for n in sorted(changed)
            if n not in anew and not _equal(current[n], wanted[n])
        ),
    )


def recreated(changes: Iterable[Change]) -> set[str]:
    """Names of what is deleted and added."""
    of = {kind: {each.name for each in changes if each.kind is kind} for kind in Kind}
    return of[Kind.DELETE] & of[Kind.ADD]


def differing(one: Directory, other: Directory) -> AbstractSet[str]:
    """Names of entries that are in one alone, or not the same to the byte in both.

    How a name ends is its parents' matter: a server prints what they are called.
    """
    return (one.keys() ^ other.keys()) | {
        name for name, entry in one.items() if name in other and not _equal(entry, other[name])
    }


def check_ceilings(changes: tuple[Change, ...], size: int, ceilings: Ceilings) -> None:
    """Stop a plan that looks like a disaster. `size` is the number of entries it starts from."""
    deletions = sum(change.kind is Kind.DELETE for change in changes)
    most = max(ceilings.deletions_percent * size // 100, _HARMLESS)
    if deletions > min(ceilings.deletions, most):
        raise Unhealthy(
            f"{deletions} of {size} identities would be deleted; at most {ceilings.deletions} and"
            f" {ceilings.deletions_percent} % are allowed. If this is meant, raise `ceilings` in"
            " the cluster's configuration"
        )
    most = max(ceilings.changes_percent * size // 100, _HARMLESS)
    if len(changes) > most:
        raise Unhealthy(
            f"{len(changes)} of {size} identities would change; at most"
            f" {ceilings.changes_percent} % are allowed. If this is meant, raise `ceilings` in the"
            " cluster's configuration"
        )


def to_ldif(changes: tuple[Change, ...]) -> Iterator[bytes]:
    """The plan as change records for ldapmodify."""
    for change in changes:
        entry = change.after or change.before
        assert entry is not None
        yield ldif.line("dn", entry.dn.encode())
        yield f"changetype: {change.kind}\n".encode()
        if change.kind is Kind.ADD:
            yield from _attributes(entry)
        elif change.before is not None and change.after is not None:
            yield from _modifications(change.before, change.after)
        yield b"\n"


def _is_recreated(before: Entry, after: Entry) -> bool:
    """A server can change neither an entry's structural class nor, by modify, its name."""
    old, new = before.row()[0], after.row()[0]
    known = schema.load()
    strange = {name for name in new.classes - old.classes if known.object_class(name) is None}
    if strange or not old.names.issuperset(new.strange):
        # The server may refuse the add, too late. A modify that it refuses does no harm.
        return False
    return known.structural(old.classes) != known.structural(new.classes) or not _named_equally(
        before, after
    )


def _recreated(names: Collection[str], current: Directory, wanted: Directory) -> Iterator[Change]:
    """Each with what stands below it."""
    together: dict[str, list[str]] = {}
    subtrees = Subtrees(names)
    for name in names:
        together.setdefault(subtrees.uppermost(name), []).append(name)
    for _, below in sorted(together.items()):
        gone = _deepest_first([n for n in below if n in current])
        yield from (Change(Kind.DELETE, n, before=current[n]) for n in gone)
        yield from (Change(Kind.ADD, n, after=wanted[n]) for n in _parents_first(below))


def _equal(one: Entry, other: Entry) -> bool:
    return one is other or (one.attributes == other.attributes and _named_equally(one, other))


def _named_equally(one: Entry, other: Entry) -> bool:
    return one.dn == other.dn or _own_part(one) == _own_part(other)


def _own_part(entry: Entry) -> str:
    return dn.as_printed(dn.split(entry.dn)[0])


def _with_children(names: set[str], wanted: Directory) -> set[str]:
    """An entry cannot be deleted while something stands below it."""
    if not names:
        return names
    subtrees = Subtrees(names)
    return names | {name for name in wanted if subtrees.uppermost(name)}


def _deepest_first(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (-dn.depth(name), name))


def _parents_first(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: (dn.depth(name), name))


def _attributes(entry: Entry) -> Iterator[bytes]:
    for name, values in entry.in_order():
        yield from (ldif.line(schema.spelled(name), value) for value in values)


def _modifications(before: Entry, after: Entry) -> Iterator[bytes]:
    ordered = dict(after.in_order())
    for name in sorted(before.attributes.keys() | ordered.keys()):
        old = before.attributes.get(name, frozenset())
        values = ordered.get(name, [])
        if old == frozenset(values):
            continue
        if name not in _MEMBERS:
            yield from _operation("replace", name, values)
            continue
        gone = sorted(old.difference(values))
        new = [value for value in values if value not in old]
        yield from _operation("delete", name, gone) if gone else ()
        yield from _operation("add", name, new) if new else ()


def _operation(verb: str, name: str, values: Iterable[bytes]) -> Iterator[bytes]:
    spelled = schema.spelled(name)
    yield f"{verb}: {spelled}\n".encode()
    yield from (ldif.line(spelled, value) for value in values)
    yield b"-\n"
