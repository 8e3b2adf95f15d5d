"""Typical changes in a directory between two snapshots, as records for ldapmodify.

There is one change of each kind for each 5,000 users, and at least one. From 10,000 users on,
this changes a thousandth of the entries.
"""

from collections.abc import Iterator, Sequence

from rehearsal.actors import soca_entries
from rehearsal.actors.passwords import hash_password
from rehearsal.actors.sample_directory import password_of
from rehearsal.host.folder import BASE_DN

_USERS_PER_CHANGE = 5_000
_FIRST_NEW_NUMBER = 1_000_000

# Entries: user and group added, deleted, and renamed (each twice); a password; a project group.
_ENTRIES_PER_ROUND = 2 + 2 + 4 + 1 + 1


def entries_changed(users: int) -> int:
    """The number of changes that a plan between the snapshots has."""
    return _rounds(users) * _ENTRIES_PER_ROUND


def changes(users: Sequence[str]) -> Iterator[str]:
    """LDIF of the changes. `users` are in the order of write_directory."""
    rounds = _rounds(len(users))
    # The first user is the probe account. Take three users of each round, far apart.
    touched = iter(users[1 :: (len(users) - 1) // (3 * rounds)])
    for number, leaving, marrying, forgetting in zip(
        range(rounds), touched, touched, touched, strict=False
    ):
        coming = f"coming{number}"
        yield from _added(coming, _FIRST_NEW_NUMBER + number)
        yield from _deleted(leaving)
        yield from _renamed(marrying)
        yield _modified(_user(forgetting), "userPassword", _hashed(f"new/{forgetting}"))
        yield _modified(f"cn=project-{number:04},ou=Group", "memberUid", coming, verb="add")


def _rounds(users: int) -> int:
    return max(users // _USERS_PER_CHANGE, 1)


def _added(name: str, number: int) -> Iterator[str]:
    for entry in (
        soca_entries.user(name, number, _hashed(name)),
        soca_entries.group(name, number, [name]),
    ):
        head, rest = entry.split("\n", 1)
        yield f"{head}\nchangetype: add\n{rest}"


def _deleted(name: str) -> Iterator[str]:
    for entry in (_user(name), _group(name)):
        yield _record(entry, "delete")


def _renamed(name: str) -> Iterator[str]:
    for entry in (_user(name), _group(name)):
        new = entry.split(",", 1)[0] + ".renamed"
        yield _record(entry, "modrdn", f"newrdn: {new}", "deleteoldrdn: 1")


def _modified(entry: str, attribute: str, value: str, verb: str = "replace") -> str:
    return _record(entry, "modify", f"{verb}: {attribute}", f"{attribute}: {value}")


def _record(entry: str, kind: str, *lines: str) -> str:
    return "\n".join([f"dn: {entry},{BASE_DN}", f"changetype: {kind}", *lines, "", ""])


def _user(name: str) -> str:
    return f"uid={name},ou=People"


def _group(name: str) -> str:
    return f"cn={name},ou=Group"


def _hashed(seed: str) -> str:
    return hash_password(password_of(seed), salt=b"sixteen bytes ok")
