"""Plan the changes from one directory to another, in an order that slapd accepts, as LDIF."""

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

# A group may have thousands of members, so these are added and deleted one by one. Other attributes
# are replaced as a whole: slapd cannot compare the values of some, such as jpegPhoto.
_MEMBERS = frozenset(("memberuid", "member", "uniquemember"))
# This many changes are always allowed: in a small directory they are a large percentage.
_HARMLESS = 20


class Ceilings(Value):
    """Safety limits for identity changes. A plan over a limit is refused."""

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
    """One operation on one entry. `before` is None for an add, `after` for a delete."""

    kind: Kind
    name: str
    before: Entry | None = None
    after: Entry | None = None


def plan(
    current: Directory, wanted: Directory, among: AbstractSet[str] | None = None
) -> tuple[Change, ...]:
    """Return the changes that turn `current` into `wanted`. `among` are DNs that may differ.

    Children are deleted before their parents, and parents are added before their children. Some
    entries must be recreated: their structural object class or the spelling of their RDN changed.
    Each of them is added again directly after it and the entries below it were deleted. If the
    plan stops halfway, few entries are missing.
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
    """Return the normalized DNs of entries that are both deleted and added."""
    of = {kind: {each.name for each in changes if each.kind is kind} for kind in Kind}
    return of[Kind.DELETE] & of[Kind.ADD]


def differing(one: Directory, other: Directory) -> AbstractSet[str]:
    """Return the DNs of entries that are in one directory only, or differ in any byte.

    Only the entry's own RDN is compared. Parent RDNs are compared with their own entries, because
    slapd prints each entry's DN with its parents' spelling.
    """
    return (one.keys() ^ other.keys()) | {
        name for name, entry in one.items() if name in other and not _equal(entry, other[name])
    }


def check_ceilings(changes: tuple[Change, ...], size: int, ceilings: Ceilings) -> None:
    """Check a plan against the safety limits. `size` is the number of entries before the plan.

    Raises Unhealthy if the plan is over a limit.
    """
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
    """Yield the plan as LDIF change records for ldapmodify."""
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
    """Whether the entry must be recreated: modify cannot change its structural class or its RDN."""
    old, new = before.row()[0], after.row()[0]
    known = schema.load()
    strange = {name for name in new.classes - old.classes if known.object_class(name) is None}
    if strange or not old.names.issuperset(new.strange):
        # slapd may refuse the add after the delete. A refused modify does no harm.
        return False
    return known.structural(old.classes) != known.structural(new.classes) or not _named_equally(
        before, after
    )


def _recreated(names: Collection[str], current: Directory, wanted: Directory) -> Iterator[Change]:
    """Yield deletes and adds, one subtree after another."""
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
    """Add the entries below `names`: slapd refuses to delete an entry that has children."""
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
