"""The group that SOCA makes for every user, and the name that each dialect gives it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from changeover.dialect import Dialect
from changeover.errors import Refused
from changeover.identities import dn
from changeover.identities.entry import Entry
from changeover.identities.identity import Directory

# A value that stands in a name as it is.
_PLAIN = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A private group's new name, and its cn values then, in their order."""

    dn: str
    cns: tuple[bytes, ...]


def renamed_groups(directory: Directory, here: Dialect, there: Dialect) -> dict[str, Renamed]:
    """By their names here, all private groups as the other dialect calls them, at the same base.

    A group is private when it is called after a user, with the dialect's suffix, and has that
    user's gid. Raises Refused for one that the other dialect alone would take for private: on the
    way back it could not be told from those that were renamed.
    """
    if here.private_group_suffix == there.private_group_suffix:
        return {}
    users = _gids_of_users(directory)
    place = f",{dn.normal(here.groups)}"
    found = {}
    for name, entry in directory.items():
        if not name.endswith(place):
            continue
        rdn = name.removesuffix(place)
        if cn := _private_cn(rdn, entry, users, here.private_group_suffix):
            found[name] = _renamed(entry, rdn, cn, here, there)
        elif cn := _private_cn(rdn, entry, users, there.private_group_suffix):
            user = _folded(cn).removesuffix(there.private_group_suffix)
            raise Refused(
                f"{entry.dn} has the gid of the user {user}, and SOCA {there.name} would take it"
                f" for that user's private group, which SOCA {here.name} calls"
                f" {user}{here.private_group_suffix}: give it another name or gid"
            )
    return found


def _gids_of_users(directory: Directory) -> dict[str, frozenset[bytes]]:
    """By folded uid. Whatever has a uidNumber is a posixAccount."""
    gids: dict[str, frozenset[bytes]] = {}
    for entry in directory.values():
        layout, values = entry.row()
        if "uidnumber" in layout.names:
            own = frozenset(layout.all(values, "gidnumber"))
            for user in map(_folded, layout.all(values, "uid")):
                gids[user] = own | gids[user] if user in gids else own
    return gids


def _private_cn(
    rdn: str, entry: Entry, users: Mapping[str, frozenset[bytes]], suffix: str
) -> bytes:
    """The cn that makes a private group of the entry; empty when none does."""
    layout, values = entry.row()
    for cn in layout.all(values, "cn"):
        if cn.lower().endswith(suffix.encode()):
            own = users.get(_folded(cn[: len(cn) - len(suffix)]))
            same = own and not own.isdisjoint(layout.all(values, "gidnumber"))
            if same and _is_named(rdn, cn):
                return cn
    return b""


def _renamed(entry: Entry, rdn: str, cn: bytes, here: Dialect, there: Dialect) -> Renamed:
    old, new = here.private_group_suffix, there.private_group_suffix
    spelled = dn.split(entry.dn)[0] if "\\" in entry.dn else entry.dn.partition(",")[0]
    # An unusual way to write the name (as hex digits, with blanks around) cannot be lengthened.
    head = spelled if spelled.lower() == rdn else rdn
    name = head[: len(head) - len(old)] + new + entry.dn[len(spelled) :]
    anew = cn[: len(cn) - len(old)] + new.encode()
    layout, values = entry.row()
    cns = tuple(anew if each == cn else each for each in layout.all(values, "cn"))
    if len({_folded(each) for each in cns}) < len(cns):
        raise Refused(
            f"{entry.dn} would be {name} in SOCA {there.name}, and has that cn beside its own"
            " already: remove one of the two"
        )
    return Renamed(name, cns)


def _is_named(rdn: str, cn: bytes) -> bool:
    """Whether this value, and not another cn beside it, is the one in the entry's name."""
    text = _folded(cn)
    if _PLAIN.fullmatch(text):
        return rdn == f"cn={text}"
    return rdn == dn.normal("cn=" + re.sub(r"(\W)", r"\\\1", text))


def _folded(value: bytes) -> str:
    return value.decode(errors="replace").casefold()
