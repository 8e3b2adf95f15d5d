"""Private groups: the group that SOCA creates for each user, and its name in each dialect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from changeover.identities.directories import Directory
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import Dialect

# A value that needs no escape in a DN.
_PLAIN = re.compile(r"[a-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A private group's new DN, its present cn, and all its new cn values, in order."""

    dn: str
    cn: bytes
    cns: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Renaming:
    """Groups by their present DN: renamed ones, and reasons for those that cannot be renamed."""

    groups: dict[str, Renamed] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def renaming(directory: Directory, here: Dialect, there: Dialect, before: Directory) -> Renaming:
    """Return the names of all private groups in the other dialect, with the same base DN.

    A group is private if its name is a user's name plus the dialect's suffix, and its gidNumber is
    that user's. A group that only the other dialect would regard as private is refused: on the way
    back it would look like a renamed group. A group in `before` keeps its status from then, even if
    a user's gidNumber changed since.
    """
    if here.private_group_suffix == there.private_group_suffix:
        return Renaming()
    earlier = renaming(before, here, there, {}).groups if before else {}
    found = Renaming({name: each for name, each in earlier.items() if name not in directory})
    users = _gids_of_users(directory)
    place = f",{dn.normal(here.groups)}"
    for name, entry in directory.items():
        if not name.endswith(place):
            continue
        rdn = name.removesuffix(place)
        if name in before:
            cn = _own_cn(rdn, entry) if name in earlier else b""
        else:
            cn = _private_cn(rdn, entry, users, here.private_group_suffix)
        if cn:
            found.groups[name] = renamed = _renamed(entry, rdn, cn, here, there)
            if len({_folded(each) for each in renamed.cns}) < len(renamed.cns):
                found.refused[name] = (
                    f"{entry.dn} would be {renamed.dn} in SOCA {there.name}, and already has that"
                    " cn in addition to its own: remove one of the two"
                )
        elif name not in before and (
            cn := _private_cn(rdn, entry, users, there.private_group_suffix)
        ):
            found.refused[name] = _mistakable(entry, cn, here, there)
    return found


def _mistakable(entry: Entry, cn: bytes, here: Dialect, there: Dialect) -> str:
    user = _folded(cn).removesuffix(there.private_group_suffix)
    return (
        f"{entry.dn} has the gid of the user {user}, and SOCA {there.name} would take it for that"
        f" user's private group, which SOCA {here.name} calls {user}{here.private_group_suffix}:"
        " give it another name or gid"
    )


def _gids_of_users(directory: Directory) -> dict[str, list[frozenset[bytes]]]:
    """Return gidNumbers by folded uid. Every entry with a uidNumber is a posixAccount."""
    gids: dict[str, list[frozenset[bytes]]] = {}
    for entry in directory.values():
        layout, values = entry.row()
        if "uidnumber" in layout.names:
            own = frozenset(layout.all(values, "gidnumber"))
            for user in map(_folded, layout.all(values, "uid")):
                gids.setdefault(user, []).append(own)
    return gids


def _private_cn(
    rdn: str, entry: Entry, users: Mapping[str, list[frozenset[bytes]]], suffix: str
) -> bytes:
    """Return the cn in the group's RDN if the group is private, otherwise an empty value."""
    cn = _own_cn(rdn, entry)
    if not cn.lower().endswith(suffix.encode()):
        return b""
    own = users.get(_folded(cn[: len(cn) - len(suffix)]), [])
    if len(own) > 1:  # merge once, for all groups of this name
        own[:] = [frozenset[bytes]().union(*own)]
    layout, values = entry.row()
    gids = layout.all(values, "gidnumber")
    return cn if not all(each.isdisjoint(gids) for each in own) else b""


def _own_cn(rdn: str, entry: Entry) -> bytes:
    """Return the cn value in the RDN, not another cn value of the entry."""
    layout, values = entry.row()
    return next((cn for cn in layout.all(values, "cn") if _names(cn, rdn)), b"")


def _names(cn: bytes, rdn: str) -> bool:
    text = _folded(cn)
    if _PLAIN.fullmatch(text):
        return rdn == f"cn={text}"
    try:
        return rdn == dn.part("cn", cn)
    except ValueError:  # the value is not UTF-8, but every DN is
        return False


def _renamed(entry: Entry, rdn: str, cn: bytes, here: Dialect, there: Dialect) -> Renamed:
    old, new = here.private_group_suffix, there.private_group_suffix
    spelled = dn.split(entry.dn)[0] if "\\" in entry.dn else entry.dn.partition(",")[0]
    anew = cn[: len(cn) - len(old)] + new.encode()
    # The suffix cannot be appended to an unusual spelling of the RDN (hex digits, extra spaces).
    plain = spelled.lower() == rdn
    head = spelled[: len(spelled) - len(old)] + new if plain else dn.part("cn", anew)
    name = head + entry.dn[len(spelled) :]
    layout, values = entry.row()
    cns = tuple(anew if each == cn else each for each in layout.all(values, "cn"))
    return Renamed(name, cn, cns)


def _folded(value: bytes) -> str:
    return value.decode(errors="replace").casefold()
