"""Generate the directory of a live cluster: N users, with the oddities of real directories.

The same number and seed give the same bytes; passwords follow from seed and user name.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rehearsal.actors import soca_entries
from rehearsal.actors.passwords import hash_password
from rehearsal.actors.soca_entries import line
from rehearsal.host.folder import BASE_DN

PROBE = "changeoverprobe"
BOOTSTRAP = "socaboot"
_SEED = "changeover"

_GIVEN_NAMES = ("Mary", "John", "Jane", "Zoë", "Søren", "Ana", "Omar", "Yuki", "Léa", "Tom")
_FAMILY_NAMES = ("Doe", "Smith", "Müller", "García", "Nguyen", "Ångström", "Patel", "O'Brien")
_TO_ASCII = str.maketrans("ëøéüíÅö", "eoeuiAo", "'")

# Names that a DN must escape: a comma, pluses, a leading #; and one that LDIF puts into base64.
_SHARED_GROUPS = (
    "cfdteam",
    "Wind Tunnel",
    "CFD, thermal",
    "C++ developers",
    "#1 solver",
    "Matériaux",
)
_USERS_PER_PROJECT = 250
_BOOTSTRAP_UID = 5001
# SOCA ignores these groups when it picks a user's gidNumber: from 1,000 users on they collide.
_FIRST_SHARED_GID = 6000
_JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"


@dataclass(frozen=True, slots=True)
class User:
    """`by_command`: made by SOCA's command line, otherwise by its web interface."""

    name: str
    number: int
    given: str
    family: str
    by_command: bool


def write_directory(path: Path, users: int = 200, seed: str = _SEED) -> dict[str, str]:
    """Write a whole tree as LDIF and return every password by user name.

    `users` counts the probe's account, and leaves the installer's bootstrap account out.
    """
    people = list(_people(users, seed))
    with path.open("w", encoding="utf-8") as file:
        file.write(soca_entries.SCAFFOLD)
        file.write(soca_entries.account(BOOTSTRAP, _BOOTSTRAP_UID, _hash_of(BOOTSTRAP, seed)))
        for user in people:
            file.write(_user_entries(user, seed))
        for group in _shared_groups(people, seed):
            file.write(group)
        # These users may administer a host, but are not administrators of the web interface.
        file.write(soca_entries.sudo_role("operators", "%cfdteam"))
    return {user.name: password_of(user.name, seed) for user in people}


def password_of(user: str, seed: str = _SEED) -> str:
    digits = _digest(seed, user, "password").hex()
    return f"{digits[:6]}-{digits[6:12]}#{digits[12:16]}"


def _hash_of(user: str, seed: str) -> str:
    return hash_password(password_of(user, seed), salt=_digest(seed, user, "salt"))


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("/".join(parts).encode(), digest_size=16).digest()


def _people(count: int, seed: str) -> Iterator[User]:
    first = _BOOTSTRAP_UID + 1
    yield User(PROBE, first, PROBE, PROBE, by_command=True)
    chance = random.Random(seed)
    namesakes: dict[str, int] = {}
    for number in range(first + 1, first + count):
        given, family = chance.choice(_GIVEN_NAMES), chance.choice(_FAMILY_NAMES)
        # The web interface drops dots, so only the command line can make a jane.doe.
        dotted, by_command = chance.random() < 1 / 3, chance.random() < 1 / 2
        name = f"{given}.{family}" if dotted else f"{given[0]}{family}"
        name = name.translate(_TO_ASCII).lower()
        namesakes[name] = namesakes.get(name, 0) + 1
        if namesakes[name] > 1:
            name += str(namesakes[name])
        yield User(name, number, given, family, by_command=dotted or by_command)


def _user_entries(user: User, seed: str) -> str:
    full_name = f"{user.given} {user.family}"
    names = None if full_name.isascii() else (full_name, user.family)
    hashed = _hash_of(user.name, seed)
    text = soca_entries.user(user.name, user.number, hashed, names, _extra(user))
    members = () if user.by_command else (user.name,)
    text += soca_entries.group(user.name, user.number, members)
    if user.number % 40 == 0:
        text += soca_entries.sudo_role(user.name, user.name)
    return text


def _extra(user: User) -> str:
    """The mail attribute, which the command line omits, and sometimes unusual attributes."""
    text = "" if user.by_command else f"mail: {user.name}@corp.example\n"
    match user.number % 50:
        case 10:
            text += line("jpegPhoto", _JPEG + _digest(user.name) * 20)
        case 20:
            text += line("description;lang-de", f"Gruppe für {user.family}: Strömung & Wärme")
        case 30:
            text += line("description", "long " * 60 + "and with a blank at the end ")
    return text


def _shared_groups(people: Sequence[User], seed: str) -> Iterator[str]:
    chance = random.Random(f"{seed}/groups")
    projects = (f"project-{number:04}" for number in range(len(people) // _USERS_PER_PROJECT))
    for gid, name in enumerate([*_SHARED_GROUPS, *projects], _FIRST_SHARED_GID):
        size = chance.randint(0, min(len(people), _USERS_PER_PROJECT))
        members = [user.name for user in chance.sample(people, size)]
        if name == "Wind Tunnel":  # SOCA reads DNs here too
            members = [f"uid={member},ou=People,{BASE_DN}" for member in members]
        yield soca_entries.group(name, gid, members)
