"""LDIF in which one thing has the given number or length."""

from collections.abc import Iterable, Iterator

BASE = "dc=soca,dc=local"
HASH = "{SSHA}94ah8ZZyIfqJ7GbID19E1QCzLO5xpNYtgYdENpwTaAzJgURY"


def joined(entries: Iterable[str]) -> bytes:
    return "".join(entries).encode()


def lines(name: str, values: Iterable[object]) -> str:
    return "".join(f"{name}: {value}\n" for value in values)


def group(name: str, number: int = 7000, more: str = "") -> str:
    return (
        f"dn: cn={name},ou=Group,{BASE}\nobjectClass: top\nobjectClass: posixGroup\n"
        f"cn: {name}\ngidNumber: {number}\n{more}\n"
    )


def user(name: str, number: int, more: str = "", place: str = "ou=People", uid: str = "") -> str:
    return (
        f"dn: uid={name},{place},{BASE}\nobjectClass: top\nobjectClass: posixAccount\n"
        f"objectClass: inetOrgPerson\nuid: {uid or name}\ncn: {name}\nsn: {name}\n"
        f"uidNumber: {number}\ngidNumber: {number}\nhomeDirectory: /data/home/{name}\n"
        f"userPassword: {HASH}\n{more}\n"
    )


def people(number: int) -> bytes:
    each = (user(f"u{n}", 6000 + n) + group(f"u{n}", 6000 + n) for n in range(number))
    return joined(each)


def sudo_role(more: str, name: str = "all") -> str:
    return (
        f"dn: cn={name},ou=Sudoers,{BASE}\nobjectClass: top\nobjectClass: sudoRole\n"
        f"cn: {name}\n{more}\n"
    )


def unit(place: str, more: str = "") -> str:
    name = place.partition(",")[0].partition("=")[2]
    return (
        f"dn: {place},{BASE}\nobjectClass: top\nobjectClass: organizationalUnit\n"
        f"ou: {name}\n{more}\n"
    )


def chain(depth: int, top: str = "") -> Iterator[str]:
    """Units, each below the last. Their names have as many bytes as the square of the depth."""
    place = top
    for at in range(depth):
        place = f"ou=u{at},{place}".rstrip(",")
        yield unit(place)
