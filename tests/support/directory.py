"""A directory in memory: people as SOCA makes them, changed by LDIF records as slapd would."""

import base64
import hashlib
from collections.abc import Iterable, Iterator

from changeover.ldap import dn
from changeover.ldap.entry import Entry
from changeover.soca.dialect import SOCA_2_6, Dialect

Directory = dict[str, Entry]


class ServerRefused(Exception):
    """The server does not do it."""


def password_hash(password: str, salt: bytes = b"sixteen bytes ok") -> bytes:
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return b"{SSHA}" + base64.b64encode(digest + salt)


def opens(person: Entry | None, password: str) -> bool:
    if person is None:
        return False
    stored = person.first("userpassword")
    if not stored.startswith(b"{SSHA}"):
        return not stored.startswith(b"{") and stored == password.encode()
    salt = base64.b64decode(stored.removeprefix(b"{SSHA}"))[20:]
    return stored == password_hash(password, salt)


def entry(name: str, **attributes: str | bytes | Iterable[str]) -> Directory:
    """One entry below its normalized name."""
    values = {
        attribute.lower(): frozenset(_bytes(given)) for attribute, given in attributes.items()
    }
    return {dn.normal(name): Entry(name, values)}


def user_dn(user: str, dialect: Dialect = SOCA_2_6) -> str:
    return dialect.account_entries(user)[0]


def account(
    user: str, password: str, number: int, *, sudo: bool = False, dialect: Dialect = SOCA_2_6
) -> Directory:
    """What SOCA makes for one person: user, private group and, for administrators, a sudo role."""
    place, group, role = dialect.account_entries(user)
    made = entry(
        place,
        objectClass=["top", "person", "posixAccount", "inetOrgPerson"],
        uid=user,
        cn=user,
        sn=user,
        uidNumber=str(number),
        gidNumber=str(number),
        homeDirectory=f"/data/home/{user}",
        userPassword=password_hash(password),
    )
    private = f"{user}{dialect.private_group_suffix}"
    made |= entry(group, objectClass=["top", "posixGroup"], cn=private, gidNumber=str(number))
    if sudo:
        made |= entry(role, objectClass=["top", "sudoRole"], cn=user, sudoUser=user)
    return made


def shared_group(
    name: str, number: int, members: Iterable[str], dialect: Dialect = SOCA_2_6
) -> Directory:
    return entry(
        f"cn={name},{dialect.groups}",
        objectClass=["top", "posixGroup"],
        cn=name,
        gidNumber=str(number),
        memberUid=members,
    )


def scaffold(dialect: Dialect = SOCA_2_6) -> Directory:
    made: Directory = {}
    for name in dialect.scaffold:
        made |= entry(name, objectClass="top", description=f"made by the installer: {name}")
    return made


def apply_changes(text: bytes, directory: Directory) -> int:
    """Apply change records in their order, up to the first that the server refuses."""
    records = [record for record in text.replace(b"\n ", b"").split(b"\n\n") if record.strip()]
    for record in records:
        (_, name), (_, kind), *rest = (_pair(line) for line in record.strip().split(b"\n"))
        _VERBS[kind.decode()](directory, name.decode(), rest)
    return len(records)


Pair = tuple[str, bytes]


def _add(directory: Directory, name: str, pairs: list[Pair]) -> None:
    key = dn.normal(name)
    if key in directory:
        raise ServerRefused(f"Already exists (68): {name}")
    if ",".join(dn.split(key)[1:]) not in directory:
        raise ServerRefused(f"No such object (32): the parent of {name}")
    attributes: dict[str, frozenset[bytes]] = {}
    for attribute, value in pairs:
        attributes[attribute] = attributes.get(attribute, frozenset()) | {value}
    directory[key] = Entry(name, attributes)


def _delete(directory: Directory, name: str, _: list[Pair]) -> None:
    key = dn.normal(name)
    if key not in directory:
        raise ServerRefused(f"No such object (32): {name}")
    if any(dn.under(other, key) for other in directory):
        raise ServerRefused(f"Operation not allowed on non-leaf (66): {name}")
    del directory[key]


def _modify(directory: Directory, name: str, pairs: list[Pair]) -> None:
    key = dn.normal(name)
    if key not in directory:
        raise ServerRefused(f"No such object (32): {name}")
    attributes = dict(directory[key].attributes)
    for verb, attribute, values in _operations(pairs):
        has = attributes.get(attribute, frozenset())
        if verb == "delete" and not values <= has:
            raise ServerRefused(f"No such attribute (16): {attribute} of {name}")
        if verb == "add" and values & has:
            raise ServerRefused(f"Type or value exists (20): {attribute} of {name}")
        attributes[attribute] = {"replace": values, "delete": has - values, "add": has | values}[
            verb
        ]
    kept = {attribute: values for attribute, values in attributes.items() if values}
    directory[key] = Entry(directory[key].dn, kept)


_VERBS = {"add": _add, "delete": _delete, "modify": _modify}


def _operations(pairs: list[Pair]) -> Iterator[tuple[str, str, frozenset[bytes]]]:
    while pairs:
        (verb, attribute), *rest = pairs
        end = rest.index(("-", b""))
        yield verb, attribute.decode().lower(), frozenset(value for _, value in rest[:end])
        pairs = rest[end + 1 :]


def _pair(line: bytes) -> Pair:
    name, _, value = line.partition(b":")
    if value.startswith(b":"):
        return name.decode().lower(), base64.b64decode(value[1:].strip(), validate=True)
    return name.decode().lower(), value.lstrip(b" ")


def _bytes(given: str | bytes | Iterable[str]) -> list[bytes]:
    if isinstance(given, bytes):
        return [given]
    return [value.encode() for value in ([given] if isinstance(given, str) else given)]
