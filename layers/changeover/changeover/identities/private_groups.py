"""The group that SOCA makes for every user, and the name that each dialect gives it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from changeover.identities.directories import Directory
from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import Dialect

# A value that stands in a name as it is.
_PLAIN = re.compile(r"[a-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A private group's new name, its own cn until then, and all its cn values then, in order."""

    dn: str
    cn: bytes
    cns: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Renaming:
    """Groups by their names here: those that get another, and why some can have no name there."""

    groups: dict[str, Renamed] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def renaming(directory: Directory, here: Dialect, there: Dialect, before: Directory) -> Renaming:
    """What the other dialect calls all private groups, at the same base.

    A group is private when it is called after a user, with the dialect's suffix, and has that
    user's gid. Refused is one that the other dialect alone would take for private: on the way back
    it could not be told from those that were renamed. A group that was there `before` is what it
    was then, whatever gid somebody has been given since.
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
                    f"{entry.dn} would be {renamed.dn} in SOCA {there.name}, and has that cn beside"
                    " its own already: remove one of the two"
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
    """By folded uid, for each user of that name. Whatever has a uidNumber is a posixAccount."""
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
    """The group's own cn if that makes it a private one; empty if not."""
    cn = _own_cn(rdn, entry)
    if not cn.lower().endswith(suffix.encode()):
        return b""
    own = users.get(_folded(cn[: len(cn) - len(suffix)]), [])
    if len(own) > 1:  # once for all groups that may be theirs
        own[:] = [frozenset[bytes]().union(*own)]
    layout, values = entry.row()
    gids = layout.all(values, "gidnumber")
    return cn if not all(each.isdisjoint(gids) for each in own) else b""


def _own_cn(rdn: str, entry: Entry) -> bytes:
    """The value that the entry is named by, and not another cn beside it."""
    layout, values = entry.row()
    return next((cn for cn in layout.all(values, "cn") if _names(cn, rdn)), b"")


def _names(cn: bytes, rdn: str) -> bool:
    text = _folded(cn)
    if _PLAIN.fullmatch(text):
        return rdn == f"cn={text}"
    try:
        return rdn == dn.part("cn", cn)
    except ValueError:  # not UTF-8, which every name is
        return False


def _renamed(entry: Entry, rdn: str, cn: bytes, here: Dialect, there: Dialect) -> Renamed:
    old, new = here.private_group_suffix, there.private_group_suffix
    spelled = dn.split(entry.dn)[0] if "\\" in entry.dn else entry.dn.partition(",")[0]
    anew = cn[: len(cn) - len(old)] + new.encode()
    # An unusual way to write the name (as hex digits, with blanks around) cannot be lengthened.
    plain = spelled.lower() == rdn
    head = spelled[: len(spelled) - len(old)] + new if plain else dn.part("cn", anew)
    name = head + entry.dn[len(spelled) :]
    layout, values = entry.row()
    cns = tuple(anew if each == cn else each for each in layout.all(values, "cn"))
    return Renamed(name, cn, cns)


def _folded(value: bytes) -> str:
    return value.decode(errors="replace").casefold()
